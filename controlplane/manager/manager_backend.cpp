// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/manager_backend.hpp"

#include <type_traits>

namespace faastax::manager {

ManagerBackend::ManagerBackend(ClusterManager& manager) : manager_(manager) {
  manager_.listen([this](const sandbox::InstanceEvent& event) { told(event); });
}

void ManagerBackend::start(const sandbox::InstanceSpec& spec) {
  const FunctionKey key{spec.space, spec.function};
  functions_[spec.instance] = key;
  desired_[key].push_back(spec);
  manager_.desire(key, desired_[key]);
}

void ManagerBackend::stop(const std::string& instance) {
  const auto function = functions_.find(instance);
  if (function == functions_.end()) return;
  const FunctionKey key = function->second;
  std::erase_if(desired_[key], [&](const auto& spec) { return spec.instance == instance; });
  manager_.desire(key, desired_[key]);
}

void ManagerBackend::stop_all() {
  for (auto& [key, instances] : desired_) {
    instances.clear();
    manager_.desire(key, {});
  }
}

void ManagerBackend::told(const sandbox::InstanceEvent& event) {
  std::visit(
      [this]<class Event>(const Event& one) {
        if constexpr (!std::is_same_v<Event, sandbox::InstanceReady>) forget(one.instance);
      },
      event);
  if (listener_) listener_(event);
}

// One that ended by itself is desired no longer: who started it decides about another.
void ManagerBackend::forget(const std::string& instance) {
  const auto function = functions_.find(instance);
  if (function == functions_.end()) return;
  const auto instances = desired_.find(function->second);
  functions_.erase(function);
  if (instances == desired_.end()) return;
  std::erase_if(instances->second, [&](const auto& spec) { return spec.instance == instance; });
  if (instances->second.empty()) desired_.erase(instances);
}

}  // namespace faastax::manager
