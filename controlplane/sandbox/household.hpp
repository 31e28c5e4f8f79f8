// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <set>

#include "controlplane/sandbox/child_process.hpp"

namespace faastax::sandbox {

/// The children of a subreaper. Those that were started or adopted here are waited for by their owners; any
/// other that ends is an orphan of theirs (a detaching crun leaves one) and is reaped on the way.
/// Thread-safe.
class Household {
 public:
  std::expected<ChildProcess, std::string> spawn(const ChildProcess::Command& command);
  std::expected<ChildProcess, std::string> adopt(pid_t pid);
  /// Its owner has waited for this child.
  void left(pid_t pid);

 private:
  void reap_orphans();

  std::mutex mutex_;  ///< guards members_, and that no child is reaped before it is a member
  std::set<pid_t> members_;
};

}  // namespace faastax::sandbox
