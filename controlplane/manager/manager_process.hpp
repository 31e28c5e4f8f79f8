// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <span>
#include <string>

#include "controlplane/sandbox/child_process.hpp"

namespace faastax::manager {

/// What the lab's standard track is started with.
struct ManagerOptions {
  std::filesystem::path state_folder;  ///< for its files: those of a containerd of its own among them
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
  /// Returns once it takes starts on socket(). The error is what it said.
  static std::expected<ManagerProcess, std::string> launch(const ManagerOptions& options);
  ManagerProcess(ManagerProcess&&) noexcept = default;
  ManagerProcess& operator=(ManagerProcess&&) = delete;
  ~ManagerProcess();

  /// For sandbox::RemoteBackend.
  const std::filesystem::path& socket() const { return socket_; }
  pid_t pid() const { return process_.pid(); }

 private:
  ManagerProcess(sandbox::ChildProcess process, std::filesystem::path socket)
      : process_(std::move(process)), socket_(std::move(socket)) {}

  sandbox::ChildProcess process_;
  std::filesystem::path socket_;
};

}  // namespace faastax::manager
