// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
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
/// it. When the connection is lost the agent is ended, and started again until it answers, with pauses that
/// grow while it does not; what it had left it then removes itself.
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

  const std::string& name() const { return options_.name; }
  bool answers() const { return backend_ && backend_->is_connected(); }
  /// Why it did not answer, if it does not.
  const std::string& trouble() const { return trouble_; }
  /// Only while it answers.
  sandbox::RemoteBackend& backend() { return *backend_; }
  void prepare(const sandbox::InstanceSpec& spec);

 private:
  using Clock = std::chrono::steady_clock;

  std::filesystem::path socket() const { return options_.state_folder / "socket"; }
  std::filesystem::path errors() const { return options_.state_folder / "errors"; }
  bool connect();
  void lost();
  void start_later();
  void try_to_connect();
  std::string last_word() const;

  boost::asio::io_context& io_;
  Options options_;
  sandbox::InstanceListener listener_;
  boost::asio::steady_timer timer_;
  std::optional<sandbox::ChildProcess> process_;
  std::unique_ptr<sandbox::RemoteBackend> backend_;
  Clock::duration pause_ = std::chrono::milliseconds(10);  ///< before the next start
  Clock::time_point answers_since_;
  Clock::time_point answer_limit_;
  std::string trouble_;
  std::map<std::string, sandbox::InstanceSpec> prepared_;  ///< by namespace and function
};

}  // namespace faastax::emergency
