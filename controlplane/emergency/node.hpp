// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/sandbox/backend.hpp"
#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/remote_backend.hpp"

namespace faastax::emergency {

/// The agent's program, `emergency-agent`, in the folder of this process's own.
std::filesystem::path agent_program();

/// One node of the emergency track, as its control plane sees it: the agent's process and the connection to
/// it. When the connection is lost the agent is ended, and started again until it answers; what it had left
/// it then removes itself.
class Node {
 public:
  struct Options {
    std::filesystem::path program;
    std::filesystem::path state_folder;  ///< of this node alone
    std::string name;
    int number = 1;
    int ready_slots = 32;
  };

  Node(boost::asio::io_context& io, Options options, sandbox::InstanceListener listener);
  /// Waits for the agent's end, some seconds at most.
  ~Node();

  /// Begins the agent's process.
  std::expected<void, std::string> start();
  /// Blocks; the error is the agent's own last word if it has ended.
  std::expected<void, std::string> wait_until_it_answers();
  /// Asks it to end, so that several do so at once.
  void begin_to_end();

  bool answers() const { return backend_ && backend_->is_connected(); }
  /// Only while it answers.
  sandbox::RemoteBackend& backend() { return *backend_; }
  void prepare(const sandbox::InstanceSpec& spec);

 private:
  std::filesystem::path socket() const { return options_.state_folder / "socket"; }
  std::filesystem::path errors() const { return options_.state_folder / "errors"; }
  bool connect();
  void lost();
  void try_again();
  std::string last_word() const;

  boost::asio::io_context& io_;
  Options options_;
  sandbox::InstanceListener listener_;
  boost::asio::steady_timer timer_;
  std::optional<sandbox::ChildProcess> process_;
  std::unique_ptr<sandbox::RemoteBackend> backend_;
  std::map<std::string, sandbox::InstanceSpec> prepared_;  ///< by namespace and function
};

}  // namespace faastax::emergency
