// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::cli {

/// The command of `stat -- CMD`: its input and output are ours, and so is the terminal. It waits before
/// its exec until begin(), so that the window is open by then.
class CommandChild {
 public:
  static base::Result<CommandChild> fork_waiting(const std::vector<std::string>& command);

  CommandChild(CommandChild&&) noexcept = default;
  CommandChild& operator=(CommandChild&&) = delete;

  /// Lets it exec. An error if that fails: no such program.
  base::Result<void> begin();

  /// Readable when it has ended.
  int pidfd() const { return pidfd_.get(); }

  /// Reaps it; its exit code, or 128 + the signal that killed it.
  int wait();

 private:
  CommandChild(pid_t pid, base::UniqueFd pidfd, base::UniqueFd start, base::UniqueFd failed,
               std::string name);

  pid_t pid_;
  base::UniqueFd pidfd_;
  base::UniqueFd start_;   ///< one byte: exec; closed without: end
  base::UniqueFd failed_;  ///< closed by a successful exec, else the errno of exec
  std::string name_;
};

}  // namespace faastax::cli
