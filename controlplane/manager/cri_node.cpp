// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/cri_node.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <random>
#include <system_error>
#include <thread>

namespace faastax::manager {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kGrace{5};
constexpr std::chrono::seconds kStatusLimit{2};
constexpr std::chrono::milliseconds kBetweenListings{10};
constexpr const char* kManagedLabel = "faastax.dev/managed-by";
constexpr const char* kManager = "cluster-manager";
constexpr const char* kFunctionLabel = "faastax.dev/function";
constexpr const char* kFunctionContainer = "function";
constexpr const char* kSidecarContainer = "queue-proxy";

// A pod's UID in the form of RFC 4122, version 4.
std::string new_uid() {
  std::random_device random;
  const auto word = [&random] { return random(); };
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:08x}{:04x}", word(), word() & 0xffffU, word() & 0xfffU,
                     (word() & 0x3fffU) | 0x8000U, word(), word() & 0xffffU);
}

std::string label(const ListedPod& pod, const std::string& name) {
  const auto found = pod.labels.find(name);
  return found == pod.labels.end() ? "" : found->second;
}

std::string describe(const std::string& container, const ContainerEnd& end) {
  if (end.reason == "OOMKilled") return fmt::format("{} was killed: out of memory (OOMKilled)", container);
  if (end.exit_code > 128)
    return fmt::format("{} was killed by signal {} ({})", container, end.exit_code - 128, end.reason);
  return fmt::format("{} ended with status {} ({})", container, end.exit_code, end.reason);
}

}  // namespace

CriNode::CriNode(std::string name, const fs::path& socket, PodTemplate pod)
    : name_(std::move(name)), pod_(std::move(pod)), client_(socket), hierarchies_(sandbox::hierarchies()) {}

std::string CriNode::cgroup_of(const std::string& space, const std::string& function,
                               const std::string& instance) const {
  return fmt::format("{}/{}.{}/{}", pod_.cgroup_root, space, function, instance);
}

PodConfig CriNode::config_of(const StartPod& start) const {
  const sandbox::InstanceSpec& spec = start.spec;
  return {.space = spec.space,
          .name = spec.instance,
          .uid = new_uid(),
          .attempt = start.attempt,
          .hostname = spec.function,
          .cgroup_parent = cgroup_of(spec.space, spec.function, spec.instance),
          .labels = {{kManagedLabel, kManager},
                     {kFunctionLabel, spec.function},
                     {"faastax.dev/track", "regular"},
                     {"faastax.dev/policy", spec.policy},
                     {"faastax.dev/decision", spec.decision}}};
}

// As kubelet does, so that whoever watches cgroups knows the pod before its first container is made.
void CriNode::make_cgroup(const std::string& path) const {
  for (const sandbox::Hierarchy& hierarchy : hierarchies_) {
    std::error_code error;
    if (hierarchy.v2) fs::create_directories(hierarchy.mount_point / fs::path(path).relative_path(), error);
  }
}

CriResult<CriNode::Running> CriNode::start(const StartPod& start) {
  const PodConfig config = config_of(start);
  make_cgroup(config.cgroup_parent);
  {
    const std::lock_guard lock(mutex_);
    parts_[start.spec.instance] = {.sandbox = {}, .containers = {}, .cgroup = config.cgroup_parent};
  }
  const auto sandbox = client_.run_pod(config);
  if (!sandbox) {
    const Parts parts = forget("", start.spec.instance);
    sandbox::remove_empty_subtree(hierarchies_, parts.cgroup);
    return std::unexpected(sandbox.error());
  }
  remember(start.spec.instance, *sandbox, "");
  auto running = fill(start, config, *sandbox);
  if (running) return running;
  if (running.error().unavailable) {
    forget(*sandbox, start.spec.instance);  // the next list shows what is left
  } else {
    (void)remove(*sandbox, start.spec.instance);
  }
  return running;
}

CriResult<CriNode::Running> CriNode::fill(const StartPod& start, const PodConfig& config,
                                          const std::string& sandbox) {
  const sandbox::InstanceSpec& spec = start.spec;
  const ContainerConfig function = {.name = kFunctionContainer,
                                    .image = pod_.function_image,
                                    .arguments = {},
                                    .memory_limit_bytes = spec.memory_limit_bytes,
                                    .cpu_limit_cores = spec.cpu_limit_cores};
  if (auto added = add(sandbox, function, config, spec.instance); !added)
    return std::unexpected(added.error());
  if (!pod_.sidecar_image.empty()) {
    const ContainerConfig sidecar = {.name = kSidecarContainer,
                                     .image = pod_.sidecar_image,
                                     .arguments = {fmt::format("--listen=0.0.0.0:{}", kSidecarPort),
                                                   fmt::format("--function=127.0.0.1:{}", kFunctionPort),
                                                   fmt::format("--concurrency={}", spec.concurrency)}};
    if (auto added = add(sandbox, sidecar, config, spec.instance); !added)
      return std::unexpected(added.error());
  }
  const auto address = client_.pod_address(sandbox);
  if (!address) return std::unexpected(address.error());
  return Running{sandbox, *address};
}

CriResult<void> CriNode::add(const std::string& sandbox, const ContainerConfig& container,
                             const PodConfig& config, const std::string& instance) {
  const auto id = client_.create_container(sandbox, container, config);
  if (!id) return std::unexpected(id.error());
  remember(instance, *id, container.name);
  return client_.start_container(*id);
}

void CriNode::remember(const std::string& instance, const std::string& container, const std::string& name) {
  const std::lock_guard lock(mutex_);
  owners_[container] = instance;
  Parts& parts = parts_[instance];
  if (name.empty()) {
    parts.sandbox = container;
  } else {
    parts.containers.emplace_back(name, container);
  }
}

// Nothing that ends from here on is news. Parts of another attempt under the same name stay.
CriNode::Parts CriNode::forget(const std::string& sandbox, const std::string& instance) {
  const std::lock_guard lock(mutex_);
  const auto found = parts_.find(instance);
  if (found == parts_.end() || found->second.sandbox != sandbox) return {};
  Parts parts = std::move(found->second);
  parts_.erase(found);
  owners_.erase(sandbox);
  for (const auto& [name, container] : parts.containers) owners_.erase(container);
  return parts;
}

// Nothing of it that ends from here on is news.
CriNode::Parts CriNode::take_leave_of(const std::string& sandbox) {
  const std::lock_guard lock(mutex_);
  Parts parts;
  for (const auto& [name, known] : parts_) {
    if (known.sandbox == sandbox) parts = known;
  }
  owners_.erase(sandbox);
  for (const auto& [name, container] : parts.containers) owners_.erase(container);
  return parts;
}

CriResult<void> CriNode::remove(const std::string& sandbox, const std::string& instance) {
  const Parts parts = take_leave_of(sandbox);
  // A container that has ended already, or a pod that is half made, is no obstacle.
  for (const auto& [name, container] : parts.containers) (void)client_.stop_container(container, kGrace);
  if (auto stopped = client_.stop_pod(sandbox); !stopped) return stopped;
  if (auto removed = client_.remove_pod(sandbox); !removed) return removed;
  forget(sandbox, instance);
  if (!parts.cgroup.empty()) {
    // Whatever a runtime that was killed in between has left in the pod's cgroup goes too.
    sandbox::kill_subtree(hierarchies_, parts.cgroup);
  } else if (const std::string cgroup = take_orphan(sandbox); !cgroup.empty()) {
    sandbox::remove_empty_subtree(hierarchies_, cgroup);  // another pod of that name may be there by now
  }
  return {};
}

std::string CriNode::take_orphan(const std::string& sandbox) {
  const std::lock_guard lock(mutex_);
  const auto orphan = orphans_.extract(sandbox);
  return orphan.empty() ? "" : orphan.mapped();
}

CriResult<std::vector<ObservedPod>> CriNode::list() {
  const auto pods = client_.list_pods(kManagedLabel, kManager);
  if (!pods) return std::unexpected(pods.error());
  const auto containers = client_.list_containers(kManagedLabel, kManager);
  if (!containers) return std::unexpected(containers.error());
  std::vector<ObservedPod> observed;
  const std::lock_guard lock(mutex_);
  orphans_.clear();
  for (const ListedPod& pod : *pods) {
    if (!owners_.contains(pod.id))
      orphans_[pod.id] = cgroup_of(pod.space, label(pod, kFunctionLabel), pod.name);
    const auto ended = [&pod](const ListedContainer& one) { return one.pod == pod.id && !one.running; };
    observed.push_back({.sandbox = pod.id,
                        .instance = pod.name,
                        .attempt = pod.attempt,
                        .running = pod.ready && std::ranges::none_of(*containers, ended)});
  }
  return observed;
}

std::optional<std::string> CriNode::instance_of(const std::string& container) const {
  const std::lock_guard lock(mutex_);
  const auto owner = owners_.find(container);
  if (owner == owners_.end()) return std::nullopt;
  return owner->second;
}

// The runtime hears of an end by the same event as we do, and may be later.
std::optional<ContainerEnd> CriNode::end_of(const std::string& container, bool will_come) {
  const auto limit = std::chrono::steady_clock::now() + kStatusLimit;
  for (;;) {
    const auto status = client_.container_status(container);
    if (status && status->exited) return *status;
    if (!will_come || !status || std::chrono::steady_clock::now() > limit) return std::nullopt;
    std::this_thread::sleep_for(kBetweenListings);
  }
}

// Of a runtime that does not answer nothing is known: the next list says more.
bool CriNode::sandbox_runs(const std::string& sandbox) {
  const auto pods = client_.list_pods(kManagedLabel, kManager);
  if (!pods) return true;
  const auto found = std::ranges::find(*pods, sandbox, &ListedPod::id);
  return found != pods->end() && found->ready;
}

std::optional<std::string> CriNode::how_it_ended(const std::string& instance, const std::string& part) {
  Parts parts;
  {
    const std::lock_guard lock(mutex_);
    const auto found = parts_.find(instance);
    if (found == parts_.end()) return "it is not there";
    parts = found->second;
  }
  for (const auto& [name, container] : parts.containers) {
    if (const auto end = end_of(container, container == part)) return describe(name, *end);
  }
  if (part != parts.sandbox && sandbox_runs(parts.sandbox)) return std::nullopt;
  return "its pod sandbox ended";
}

}  // namespace faastax::manager
