// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/manager/cri_client.hpp"
#include "controlplane/manager/pod_table.hpp"
#include "controlplane/sandbox/cgroups.hpp"

namespace faastax::manager {

/// Where the function listens in its pod, and where the sidecar does for it (Knative's port).
inline constexpr std::uint16_t kFunctionPort = 8080;
inline constexpr std::uint16_t kSidecarPort = 8012;

/// What a pod of the standard track is made of.
struct PodTemplate {
  std::string function_image = "faastax.dev/function:1";
  std::string sidecar_image;  ///< of a queue-proxy; empty: no sidecar
  std::string cgroup_root = "/faastax-lab/regular";
};

/// One node: the pods that its container runtime makes and removes, call by call. The calls block; any number
/// of threads may make them.
class CriNode {
 public:
  struct Running {
    std::string sandbox;
    std::string address;
  };

  CriNode(std::string name, const std::filesystem::path& socket, PodTemplate pod);

  const std::string& name() const { return name_; }
  CriClient& client() { return client_; }

  /// When it fails and the runtime answers, nothing of the pod is left.
  CriResult<Running> start(const StartPod& start);
  /// Stops the containers (SIGTERM first) and removes all of the pod.
  CriResult<void> remove(const std::string& sandbox, const std::string& instance);
  CriResult<std::vector<ObservedPod>> list();

  /// Of whom a task that ended was; absent for those of others, and for what is being removed.
  std::optional<std::string> instance_of(const std::string& container) const;
  /// How a pod that runs no longer ended, for people; absent when all of it runs, or the runtime does not
  /// answer. `part` is the sandbox or container whose end is known; its status may follow a little later.
  std::optional<std::string> how_it_ended(const std::string& instance, const std::string& part);

 private:
  struct Parts {
    std::string sandbox;
    std::vector<std::pair<std::string, std::string>> containers;  ///< name and id
    std::string cgroup;
  };

  CriResult<Running> fill(const StartPod& start, const PodConfig& config, const std::string& sandbox);
  CriResult<void> add(const std::string& sandbox, const ContainerConfig& container, const PodConfig& config,
                      const std::string& instance);
  std::string cgroup_of(const std::string& space, const std::string& function,
                        const std::string& instance) const;
  PodConfig config_of(const StartPod& start) const;
  void remember(const std::string& instance, const std::string& container, const std::string& name);
  Parts take_leave_of(const std::string& sandbox);
  std::string take_orphan(const std::string& sandbox);
  Parts forget(const std::string& sandbox, const std::string& instance);
  std::optional<ContainerEnd> end_of(const std::string& container, bool will_come);
  bool sandbox_runs(const std::string& sandbox);
  void make_cgroup(const std::string& path) const;

  std::string name_;
  PodTemplate pod_;
  CriClient client_;
  std::vector<sandbox::Hierarchy> hierarchies_;
  mutable std::mutex mutex_;                             ///< guards the three below
  std::map<std::string, Parts> parts_;                   ///< by instance
  std::unordered_map<std::string, std::string> owners_;  ///< sandbox or container → instance
  std::map<std::string, std::string> orphans_;           ///< sandbox that nobody knows → its cgroup
};

}  // namespace faastax::manager
