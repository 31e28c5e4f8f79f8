// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/pod_table.hpp"

#include <algorithm>

namespace faastax::manager {

PodTable::PodTable(const std::vector<std::string>& nodes, PodLimits limits) : limits_(limits) {
  for (const std::string& node : nodes) nodes_[node];
}

Steps PodTable::desire(Time now, const FunctionKey& function,
                       const std::vector<sandbox::InstanceSpec>& instances) {
  Steps steps;
  std::set<std::string> wanted;
  for (const sandbox::InstanceSpec& spec : instances) {
    wanted.insert(spec.instance);
    const auto [pod, is_new] = pods_.try_emplace(spec.instance);
    if (!is_new) continue;
    pod->second.status.spec = spec;
    pod->second.status.state = PodState::kWaiting;
    pod->second.give_up = now + limits_.start;
    begin(pod->second, steps);
  }
  for (auto pod = pods_.begin(); pod != pods_.end();) {
    const sandbox::InstanceSpec& spec = pod->second.status.spec;
    const auto current = pod++;
    if (spec.space != function.space || spec.function != function.function) continue;
    if (wanted.contains(spec.instance) || !current->second.reason.empty()) continue;
    take_down(current->second, "stopped", steps);
    if (current->second.status.state == PodState::kWaiting) finish(current, steps);
  }
  return steps;
}

// The node with the fewest pods; of equals the first by name.
std::optional<std::string> PodTable::place() const {
  std::map<std::string, std::size_t> load;
  for (const auto& [name, node] : nodes_) {
    if (node.answers) load[name] = 0;
  }
  for (const auto& [name, pod] : pods_) {
    const auto node = load.find(pod.status.node);
    if (node != load.end()) ++node->second;
  }
  const auto least = std::ranges::min_element(load, {}, [](const auto& entry) { return entry.second; });
  if (least == load.end()) return std::nullopt;
  return least->first;
}

void PodTable::begin(Pod& pod, Steps& steps) {
  pod.status.node.clear();
  const auto node = place();
  if (!node) return;
  pod.status.node = *node;
  pod.status.state = PodState::kStarting;
  steps.push_back(StartPod{pod.status.spec, pod.attempt, *node});
}

// One that is starting goes when its start has ended, one that waits has nothing to remove.
void PodTable::take_down(Pod& pod, const std::string& reason, Steps& steps) {
  pod.reason = reason;
  PodState& state = pod.status.state;
  if (state != PodState::kProbing && state != PodState::kReady) return;
  state = PodState::kRemoving;
  steps.push_back(EndProbing{pod.status.spec.instance});
  steps.push_back(RemovePod{pod.status.node, pod.status.sandbox, pod.status.spec.instance});
}

PodTable::Pods::iterator PodTable::finish(Pods::iterator pod, Steps& steps) {
  const auto& [instance, what] = *pod;
  if (what.was_ready) {
    steps.push_back(sandbox::InstanceEvent(sandbox::InstanceGone{instance, what.reason}));
  } else {
    steps.push_back(sandbox::InstanceEvent(sandbox::InstanceFailed{instance, what.reason}));
  }
  return pods_.erase(pod);
}

Steps PodTable::started(Time now, const std::string& instance, const std::string& sandbox,
                        const std::string& address) {
  Steps steps;
  const auto found = pods_.find(instance);
  if (found == pods_.end() || found->second.status.state != PodState::kStarting) return steps;
  Pod& pod = found->second;
  pod.status.sandbox = sandbox;
  pod.status.address = address;
  pod.status.state = PodState::kProbing;
  pod.give_up = now + limits_.ready;
  if (!pod.reason.empty()) {
    take_down(pod, pod.reason, steps);
  } else {
    steps.push_back(BeginProbing{instance, address});
  }
  return steps;
}

Steps PodTable::start_failed(Time now, const std::string& instance, bool unavailable,
                             const std::string& reason) {
  Steps steps;
  const auto found = pods_.find(instance);
  if (found == pods_.end() || found->second.status.state != PodState::kStarting) return steps;
  Pod& pod = found->second;
  const bool may_pass = unavailable || recovers(now, pod.status.node);
  const bool tries_again = may_pass && pod.reason.empty() && now < pod.give_up;
  if (may_pass) steps.push_back(ListPods{pod.status.node});
  if (tries_again) {
    pod.status.state = PodState::kWaiting;
    pod.status.node.clear();
    ++pod.attempt;
    return steps;
  }
  if (pod.reason.empty()) pod.reason = reason;
  finish(found, steps);
  return steps;
}

Steps PodTable::probed(Time now, const std::string& instance, bool success, const std::string& reason) {
  Steps steps;
  const auto found = pods_.find(instance);
  if (found == pods_.end()) return steps;
  Pod& pod = found->second;
  const PodState state = pod.status.state;
  if (state != PodState::kProbing && state != PodState::kReady) return steps;
  pod.failures = success ? 0 : pod.failures + 1;
  if (success && state == PodState::kProbing) {
    pod.status.state = PodState::kReady;
    pod.was_ready = true;
    steps.push_back(sandbox::InstanceEvent(
        sandbox::InstanceReady{instance, pod.status.address, limits_.port, "", pod.status.node}));
  } else if (!success && state == PodState::kProbing && now > pod.give_up) {
    take_down(pod, "it does not become ready: " + reason, steps);
  } else if (state == PodState::kReady && pod.failures >= limits_.failed_probes) {
    take_down(pod, std::to_string(pod.failures) + " readiness probes failed: " + reason, steps);
  }
  return steps;
}

Steps PodTable::ended(const std::string& instance, const std::string& reason) {
  Steps steps;
  const auto found = pods_.find(instance);
  if (found != pods_.end() && found->second.reason.empty()) take_down(found->second, reason, steps);
  return steps;
}

Steps PodTable::removed(const RemovePod& removal, bool done) {
  Steps steps;
  if (!done) {
    steps.push_back(ListPods{removal.node});
    return steps;
  }
  const auto found = pods_.find(removal.instance);
  if (found != pods_.end() && found->second.status.state == PodState::kRemoving &&
      found->second.status.sandbox == removal.sandbox)
    finish(found, steps);
  return steps;
}

bool PodTable::is_known(const ObservedPod& observed) const {
  const auto found = pods_.find(observed.instance);
  if (found == pods_.end()) return false;
  const Pod& pod = found->second;
  // Of one that is starting the sandbox is not known yet.
  if (pod.status.state == PodState::kStarting) return pod.attempt == observed.attempt;
  return pod.status.sandbox == observed.sandbox;
}

void PodTable::compare(Pod& pod, const std::vector<ObservedPod>& observed, Steps& steps) {
  const auto there = std::ranges::find(observed, pod.status.sandbox, &ObservedPod::sandbox);
  switch (pod.status.state) {
    case PodState::kProbing:
    case PodState::kReady:
      if (there == observed.end() || !there->running) steps.push_back(Examine{pod.status.spec.instance, ""});
      return;
    case PodState::kRemoving:
      // It may be under way: to remove what is not there is no error, and ends the wait.
      steps.push_back(RemovePod{pod.status.node, pod.status.sandbox, pod.status.spec.instance});
      return;
    case PodState::kWaiting:
    case PodState::kStarting:
      return;
  }
}

Steps PodTable::listed(Time now, const std::string& node, const std::vector<ObservedPod>& observed) {
  Steps steps;
  Node& known = nodes_[node];
  if (known.was_lost && !known.answers) known.back = now;
  known.answers = true;
  for (const ObservedPod& one : observed) {
    if (!is_known(one)) steps.push_back(RemovePod{node, one.sandbox, ""});
  }
  for (auto& [instance, pod] : pods_) {
    if (pod.status.node == node) compare(pod, observed, steps);
    if (pod.status.state == PodState::kWaiting && now < pod.give_up) begin(pod, steps);
  }
  return steps;
}

void PodTable::node_lost(const std::string& node) {
  Node& known = nodes_[node];
  known.was_lost = known.was_lost || known.answers;
  known.answers = false;
}

bool PodTable::recovers(Time now, const std::string& node) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return false;
  const Node& known = found->second;
  return !known.answers || (known.back && now < *known.back + limits_.recovery);
}

std::optional<Time> PodTable::next_wake() const {
  std::optional<Time> wake;
  for (const auto& [instance, pod] : pods_) {
    if (pod.status.state == PodState::kWaiting) wake = std::min(wake.value_or(pod.give_up), pod.give_up);
  }
  return wake;
}

Steps PodTable::tick(Time now) {
  Steps steps;
  for (auto pod = pods_.begin(); pod != pods_.end();) {
    if (pod->second.status.state != PodState::kWaiting || now < pod->second.give_up) {
      ++pod;
      continue;
    }
    pod->second.reason = "no node's container runtime answers";
    pod = finish(pod, steps);
  }
  return steps;
}

std::vector<PodStatus> PodTable::pods() const {
  std::vector<PodStatus> result;
  for (const auto& [instance, pod] : pods_) result.push_back(pod.status);
  return result;
}

const PodStatus* PodTable::find(const std::string& instance) const {
  const auto found = pods_.find(instance);
  return found == pods_.end() ? nullptr : &found->second.status;
}

}  // namespace faastax::manager
