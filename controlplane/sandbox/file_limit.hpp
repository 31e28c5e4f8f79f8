// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

namespace faastax::sandbox {

/// What raise_file_limit() found; none yet: rlim_max is 0.
inline rlimit inherited_file_limit{};

/// As many open files as this process may have: a proxy or a load has two sockets a request, the emergency
/// agent a few descriptors a slot and an instance. The common soft limit of 1024 is for programs that use
/// select(2), so that children get that one again.
inline void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  inherited_file_limit = limit;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// In a child, before it becomes another program: as this process was started. A system call only.
inline void lower_file_limit() {
  if (inherited_file_limit.rlim_max != 0) setrlimit(RLIMIT_NOFILE, &inherited_file_limit);
}

}  // namespace faastax::sandbox
