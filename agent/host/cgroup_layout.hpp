// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/host/roots.hpp"
#include "ledger/types.hpp"

namespace faastax::host {

enum class CgroupVersion : std::uint8_t { kNone, kV1, kHybrid, kV2 };

/// "v2", "hybrid", "v1" or "none".
std::string_view name_of(CgroupVersion version);

/// How this node mounts its cgroups. faastax needs the v2 hierarchy, alone or beside v1 controllers.
struct CgroupLayout {
  CgroupVersion version = CgroupVersion::kNone;
  std::filesystem::path v2_mount = {};         ///< empty without v2
  std::filesystem::path v1_memory_mount = {};  ///< empty where memory is not a v1 controller
  std::string problem = {};                    ///< why it cannot be used, and what to change; else empty

  bool usable() const { return problem.empty(); }

  /// From the mounts of process 1, or of this process where those cannot be seen.
  static CgroupLayout detect(const Roots& roots = {});
};

/// The same from the text of a mountinfo file (proc_pid_mountinfo(5)); `sys` replaces /sys in mount points.
CgroupLayout layout_from_mountinfo(std::string_view mountinfo, const std::filesystem::path& sys);

struct CgroupEntry {
  ledger::CgroupId id = 0;
  std::string path;  ///< in the v2 hierarchy; the root is "/"
};

/// The kernel's id of a v2 cgroup: on 64-bit kernels the inode number of its folder (since Linux 5.5).
/// Absent when there is no such cgroup.
std::optional<ledger::CgroupId> cgroup_id(const CgroupLayout& layout, std::string_view path);

/// Every v2 cgroup, parents before children; what disappears meanwhile is left out.
std::vector<CgroupEntry> list_cgroups(const CgroupLayout& layout);

/// The inode number of a memory cgroup's folder, which is the kernel's id of it in that hierarchy. Absent
/// when it is gone.
std::optional<std::uint64_t> memory_cgroup_id(const CgroupLayout& layout, std::string_view memory_path);

/// Its limit in bytes: memory.max, or v1's memory.limit_in_bytes. Absent when it is gone or has none.
std::optional<std::uint64_t> memory_limit(const CgroupLayout& layout, std::string_view memory_path);

/// Removed v2 cgroups that the kernel still holds on to. Absent where it does not say (Linux before 4.14).
std::optional<std::uint64_t> dying_cgroups(const CgroupLayout& layout);

/// Bytes charged to a memory cgroup now: memory.current, or v1's memory.usage_in_bytes. The path is that
/// of the memory hierarchy (ProcessInfo::memory_path), on hybrid nodes not the v2 one. Reading these
/// forces no flush of statistics. Absent when it is gone, or has no memory controller as the v2 root.
std::optional<std::uint64_t> memory_bytes(const CgroupLayout& layout, std::string_view memory_path);

}  // namespace faastax::host
