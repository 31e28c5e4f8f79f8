// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/household.hpp"

#include <sys/wait.h>

namespace faastax::sandbox {

std::expected<ChildProcess, std::string> Household::spawn(const ChildProcess::Command& command) {
  const std::lock_guard lock(mutex_);
  auto child = ChildProcess::spawn(command);
  if (child) members_.insert(child->pid());
  return child;
}

std::expected<ChildProcess, std::string> Household::adopt(pid_t pid) {
  const std::lock_guard lock(mutex_);
  auto child = ChildProcess::adopt(pid);
  if (child) members_.insert(pid);
  return child;
}

void Household::left(pid_t pid) {
  const std::lock_guard lock(mutex_);
  members_.erase(pid);
  reap_orphans();
}

// Looks before it takes: a member that ended is left to its owner, who comes by here afterwards.
void Household::reap_orphans() {
  for (;;) {
    siginfo_t ended{};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
    if (members_.contains(ended.si_pid)) return;
    waitpid(ended.si_pid, nullptr, WNOHANG);
  }
}

}  // namespace faastax::sandbox
