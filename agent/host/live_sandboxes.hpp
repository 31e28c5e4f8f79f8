// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "agent/host/cgroup_layout.hpp"
#include "agent/host/processes.hpp"
#include "agent/host/roots.hpp"
#include "agent/rules/rules.hpp"
#include "ledger/types.hpp"

namespace faastax::host {

/// An instance that runs already when faastax attaches.
struct LiveSandbox {
  rules::CgroupIdentity identity;  ///< `sandbox` is never empty: the cgroup's last name where no rule knows
  CgroupEntry cgroup;
  /// Cgroups below it, the same instance: a pod's containers, crun's "container".
  std::vector<CgroupEntry> parts = {};
  std::vector<pid_t> pids = {};  ///< of all of them, oldest first
  /// Whose exit stops it: the first process of a container that is neither pause nor sidecar, else the
  /// oldest. 0: nobody has entered yet.
  pid_t main_pid = 0;
  std::string memory_path = {};  ///< the main process's, for memory_bytes(); of a pod the pod's own
  /// kBeforeExec while empty or the runtime prepares it; kIdle when it listens; kStarting otherwise.
  ledger::Phase phase = ledger::Phase::kBeforeExec;
  bool hides_requests = false;  ///< a rule says so, or all that it listens on is unix sockets
};

/// Cgroups that are a sandbox now: a rule knows the path; or, whatever the path, all processes in it are
/// in a nested PID namespace and one is the first there, which is how an OCI runtime leaves a container
/// that it was not told a cgroup for. Of nested ones the outermost is the instance, except that a pod goes
/// before the container that its node is. Ordered by path.
std::vector<LiveSandbox> find_live_sandboxes(const rules::Rules& rules, const CgroupLayout& layout,
                                             const Roots& roots = {});

}  // namespace faastax::host
