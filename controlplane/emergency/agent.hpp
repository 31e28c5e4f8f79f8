// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "controlplane/emergency/cgroup_tree.hpp"
#include "controlplane/emergency/instance.hpp"
#include "controlplane/emergency/network_pool.hpp"
#include "controlplane/emergency/templates.hpp"
#include "controlplane/sandbox/backend.hpp"

namespace faastax::emergency {

/// Spawns emergency instances on one node, without a manager, an image store or a runtime: a copy of the
/// function's template process, born in a cgroup of its own, with namespaces of its own and a network slot
/// from the pool.
///
/// Fresh for each instance: the process and its memory (shared with the template until written to), cgroups,
/// and pid, mount, ipc and uts namespaces. Used again: the network slot (namespace, device, address, routes),
/// the read-only root and /dev, the template.
class EmergencyAgent final : public sandbox::Backend {
 public:
  struct Options {
    std::string node;                    ///< its name
    int number = 1;                      ///< its place in the address plan
    int ready_slots = 32;                ///< of the network pool
    std::size_t templates = 256;         ///< processes that wait to be copied, at most
    std::filesystem::path state_folder;  ///< of this node alone
    std::span<const std::byte> function_program;
  };

  /// Locks the state folder and the node's number, removes what agents that died have left, and fills the
  /// pool. Needs root. The process must wait for no children but its own instances and templates.
  static std::expected<std::unique_ptr<EmergencyAgent>, std::string> open(boost::asio::io_context& io,
                                                                          const Options& options);
  ~EmergencyAgent() override;

  void listen(sandbox::InstanceListener listener) override { listener_ = std::move(listener); }
  void prepare(const sandbox::InstanceSpec& spec) override;
  void start(const sandbox::InstanceSpec& spec) override;
  void stop(const std::string& instance) override;

  /// Stops all instances; `done` when none is left, from inside the call if there is none.
  void close(std::function<void()> done);

 private:
  struct Locks {
    sandbox::Fd folder;
    sandbox::Fd number;
  };
  EmergencyAgent(boost::asio::io_context& io, const Options& options, Locks locks, CgroupLayout layout);
  std::expected<void, std::string> set_up(const Options& options);
  std::expected<void, std::string> ready_for(const sandbox::InstanceSpec& spec);
  std::expected<void, std::string> spawn(const sandbox::InstanceSpec& spec);
  void fail(const std::string& instance, std::string reason);
  void listens(Instance& instance);
  void ended(std::uint64_t number, Instance& instance);
  void lost(const std::string& function, const std::string& reason);
  void reap_strangers();

  boost::asio::io_context& io_;
  std::string node_;
  std::filesystem::path state_folder_;
  Locks locks_;
  CgroupTree cgroups_;
  std::unique_ptr<NetworkPool> network_;
  Templates templates_;
  sandbox::InstanceListener listener_;
  std::function<void()> closed_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Instance>> instances_;
  std::map<std::string, std::uint64_t> numbers_;  ///< by instance
};

}  // namespace faastax::emergency
