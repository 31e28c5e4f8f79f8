// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <span>
#include <string>

#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/state_folder.hpp"

namespace faastax::manager {

/// What the lab's standard track is started with.
struct ManagerOptions {
  std::filesystem::path state_folder;  ///< for its files, to be made; goes with the object
  std::filesystem::path cri_socket;    ///< of a container runtime that is there; empty: one is started
  std::span<const std::byte> function_program;  ///< the static executable to run in each instance
  std::filesystem::path sidecar_program;        ///< the queue-proxy to run beside it; empty: none
  double probe_period_seconds = 1;
};

/// The cluster manager as a process of its own ("cluster-manager"), so that a profiler books it apart:
/// faastax-cluster-manager, found beside this program. It ends, with all of its pods, when the object goes or
/// this process does.
class ManagerProcess {
 public:
  /// Returns once it takes starts on its socket. The error is what it said.
  static std::expected<ManagerProcess, std::string> launch(const ManagerOptions& options);
  ManagerProcess(ManagerProcess&&) noexcept = default;
  ManagerProcess& operator=(ManagerProcess&&) = delete;
  ~ManagerProcess();

  /// For sandbox::RemoteBackend: where the manager with this state folder listens.
  static std::filesystem::path socket_in(const std::filesystem::path& state_folder) {
    return state_folder / "manager.sock";
  }
  /// Tells it to end and waits. False when it did not end by itself, or had ended before: what it made may be
  /// there then.
  bool end();

 private:
  ManagerProcess(sandbox::StateFolder folder, sandbox::ChildProcess process)
      : folder_(std::move(folder)), process_(std::move(process)) {}

  sandbox::StateFolder folder_;  ///< goes after the process
  sandbox::ChildProcess process_;
};

}  // namespace faastax::manager
