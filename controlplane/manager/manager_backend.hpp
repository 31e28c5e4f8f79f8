// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controlplane/manager/cluster_manager.hpp"

namespace faastax::manager {

/// A cluster manager as a gateway's back-end: each start and stop changes the set that is desired of its
/// function.
class ManagerBackend final : public sandbox::Backend {
 public:
  /// `manager` must outlive it. Becomes its listener.
  explicit ManagerBackend(ClusterManager& manager);

  void listen(sandbox::InstanceListener listener) override { listener_ = std::move(listener); }
  /// Nothing: images are on the nodes before the first instance.
  void prepare(const sandbox::InstanceSpec&) override {}
  void start(const sandbox::InstanceSpec& spec) override;
  void stop(const std::string& instance) override;
  void stop_all();
  bool is_empty() const { return functions_.empty(); }

 private:
  void told(const sandbox::InstanceEvent& event);
  void forget(const std::string& instance);

  ClusterManager& manager_;
  sandbox::InstanceListener listener_;
  std::map<FunctionKey, std::vector<sandbox::InstanceSpec>> desired_;
  std::map<std::string, FunctionKey> functions_;  ///< of instances that are not over
};

}  // namespace faastax::manager
