// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "controlplane/sandbox/backend.hpp"

/// The standard track: instances as pods of a cluster, which something else than the gateway makes and
/// watches.
namespace faastax::manager {

struct FunctionKey {
  std::string space;
  std::string function;

  auto operator<=>(const FunctionKey&) const = default;
};

enum class PodState {
  kWaiting,   ///< for a node's runtime to come back
  kStarting,  ///< its sandbox and containers are being made
  kProbing,   ///< they run, it was not ready yet
  kReady,
  kRemoving,
};

/// What there is of an instance.
struct PodStatus {
  sandbox::InstanceSpec spec;
  PodState state = PodState::kStarting;
  std::string node;
  std::string sandbox;  ///< the runtime's id of its pod, once there is one
  std::string address;
};

/// Desired and actual state of a cluster's pods. The caller declares what shall be, by function; the manager
/// places, starts, probes and removes pods until that is so, across failures of nodes and runtimes, and tells
/// what becomes of each. A pod that ended by itself is told and no longer desired: who wants another declares
/// one. One implementation drives containerd through its CRI socket; one over a Kubernetes API server would
/// stand beside it.
///
/// All calls and events are on the thread of the manager's io_context; no event comes from inside a call.
class ClusterManager {
 public:
  virtual ~ClusterManager() = default;

  /// Who hears what becomes of instances; to be set before the first desire().
  virtual void listen(sandbox::InstanceListener listener) = 0;

  /// These instances of the function shall exist, and no others.
  virtual void desire(const FunctionKey& function, std::vector<sandbox::InstanceSpec> instances) = 0;

  virtual std::vector<PodStatus> actual() const = 0;
};

}  // namespace faastax::manager
