// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <expected>
#include <filesystem>
#include <string>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/result.hpp"
#include "controlplane/lab/run.hpp"
#include "controlplane/lab/worker_process.hpp"

namespace faastax::lab {

/// The lab in a process of its own, named "loadgen", so that a profiler in this one books it apart. It is
/// forked by launch() and then waits for run(): launch first, before this process has threads or BPF
/// descriptors, then attach, then run.
///
/// While the object lives SIGINT and SIGTERM are blocked in the thread that made it and in those it starts;
/// run() takes them and ends the lab early, with the second one at once. Should this process die, the lab
/// ends too: each time with everything removed.
class LabProcess {
 public:
  /// Fails when the runtime is missing, root is, or another lab runs.
  static std::expected<LabProcess, std::string> launch(const LabPlan& plan);

  /// The whole run; `warm` is called when its warm-up is over (at once without one). It ends early when
  /// `stop_fd` becomes readable (-1: no such fd). An interrupted one gives a result that says so.
  std::expected<LabResult, std::string> run(const ProgressCallback& progress,
                                            const std::function<void()>& warm, int stop_fd = -1);

  LabProcess(LabProcess&&) noexcept;
  LabProcess& operator=(LabProcess&&) = delete;
  ~LabProcess();

 private:
  LabProcess(WorkerProcess worker, std::filesystem::path state_folder, const sigset_t& old_mask);
  std::expected<nlohmann::json, std::string> next_message(int& stop_fd);
  std::string end_of_child();

  WorkerProcess worker_;  ///< its control takes one byte: begin; each more: stop
  std::filesystem::path state_folder_;
  sigset_t old_mask_;
  bool alive_ = true;
};

}  // namespace faastax::lab
