// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/sandbox/fd.hpp"

namespace faastax::sandbox {

/// A child of this process, known by its pidfd. When the object goes, so does the child: it is killed and
/// reaped.
class ChildProcess {
 public:
  struct Command {
    std::vector<std::string> arguments;  ///< the first is the program's path
    std::filesystem::path error_file;    ///< takes its standard error; input and output are /dev/null
    int mount_namespace = -1;            ///< entered before the program begins, unless -1
    int passed_on = -1;                  ///< becomes the program's descriptor 3, unless -1
  };

  /// Starts a program. Of the descriptors only standard input, output and error and `passed_on` are passed
  /// on, signals are as at boot; the child leads a process group of its own, so a terminal's ^C does not
  /// reach it.
  static std::expected<ChildProcess, std::string> spawn(const Command& command);

  /// Takes over a child that somebody else started: one that was orphaned to this subreaper.
  static std::expected<ChildProcess, std::string> adopt(pid_t pid);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Readable when the child has ended.
  int pidfd() const { return pidfd_.get(); }
  bool signal(int number) const;
  /// Waits for the end; the exit code, or 128 + the signal that killed it; absent when it still lives.
  std::optional<int> wait(std::chrono::milliseconds limit);

 private:
  ChildProcess(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  void end();

  pid_t pid_ = -1;
  Fd pidfd_;
};

}  // namespace faastax::sandbox
