// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/emergency/node.hpp"
#include "controlplane/sandbox/backend.hpp"

namespace faastax::emergency {

/// The emergency track of this machine: one agent a node, each a process of its own that is started again
/// when it dies, and fast placement: the nodes take turns, those that cannot be reached are left out.
class EmergencyTrack final : public sandbox::Backend {
 public:
  struct Options {
    std::filesystem::path program = agent_program();
    std::filesystem::path state_folder = "/run/faastax-emergency";
    int nodes = 1;         ///< named n1, n2, …
    int ready_slots = 32;  ///< of each node's network pool
  };

  /// Starts the agents and waits until all of them answer.
  static std::expected<std::unique_ptr<EmergencyTrack>, std::string> open(boost::asio::io_context& io,
                                                                          const Options& options);
  /// Ends the agents, and with them all instances.
  ~EmergencyTrack() override;

  void listen(sandbox::InstanceListener listener) override { listener_ = std::move(listener); }
  /// On every node, and on each again that comes back.
  void prepare(const sandbox::InstanceSpec& spec) override;
  void start(const sandbox::InstanceSpec& spec) override;
  void stop(const std::string& instance) override;

 private:
  explicit EmergencyTrack(boost::asio::io_context& io) : io_(io) {}
  Node* next_reachable();
  std::string nobody_answers() const;
  void told(const sandbox::InstanceEvent& event);

  boost::asio::io_context& io_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::size_t turn_ = 0;
  std::map<std::string, Node*> placed_;  ///< by instance
  sandbox::InstanceListener listener_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< expired once this object is gone
};

}  // namespace faastax::emergency
