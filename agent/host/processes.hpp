// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/host/roots.hpp"
#include "ledger/types.hpp"

namespace faastax::host {

/// A process as /proc shows it.
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string comm = {};
  char state = '?';  ///< as in proc_pid_stat(5); Z: it has ended, its parent has not asked
  bool kernel_thread = false;
  ledger::Nanoseconds started_ns = 0;  ///< after boot, suspended time included, in steps of a clock tick
  unsigned pid_namespaces = 1;         ///< how deep, counted from /proc's own: 1 is the node's
  pid_t innermost_pid = 0;             ///< its pid in the deepest of them
  std::string cgroup_path = {};        ///< in the v2 hierarchy, "" without one
  std::string memory_path = {};        ///< of its memory cgroup; differs from cgroup_path on hybrid nodes

  /// The first process of a PID namespace of its own, as in a container.
  bool is_nested_init() const { return pid_namespaces > 1 && innermost_pid == 1; }
};

/// Absent when it has gone.
std::optional<ProcessInfo> read_process(const Roots& roots, pid_t pid);

/// Every process, kernel threads included; what ends meanwhile is left out.
std::vector<ProcessInfo> scan_processes(const Roots& roots = {});

/// Resident anonymous and shared memory (RssAnon + RssShmem): what ending the process would free, file
/// pages aside. 0 for kernel threads, absent when it has gone.
std::optional<std::uint64_t> resident_bytes(const Roots& roots, pid_t pid);

/// The parsers behind, for the texts of /proc/<pid>/{stat,status,cgroup}: false when a text is cut.
bool parse_stat(std::string_view stat, std::uint64_t ticks_per_second, ProcessInfo& process);
bool parse_status(std::string_view status, ProcessInfo& process);
void parse_cgroups(std::string_view cgroups, ProcessInfo& process);

}  // namespace faastax::host
