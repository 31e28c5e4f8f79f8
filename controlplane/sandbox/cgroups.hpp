// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The cgroup hierarchies of this machine, as far as the lab cleans up in them.
namespace faastax::sandbox {

/// One mounted hierarchy.
struct Hierarchy {
  std::filesystem::path mount_point;
  bool v2 = false;
  std::vector<std::string> options =
      {};  ///< of the mount's superblock: a v1 hierarchy's controllers are there
};

/// Mounted hierarchies in the text of /proc/<pid>/mountinfo. Pure.
std::vector<Hierarchy> parse_hierarchies(std::string_view mountinfo);

/// Those of this process.
std::vector<Hierarchy> hierarchies();

/// v1 controllers beside a v2 mount that has controllers of its own: crun 1.8 refuses to work there.
bool crun_needs_help(const std::vector<Hierarchy>& mounted);

/// Processes in the cgroup of this folder, without those of other pid namespaces; none if it cannot be read.
std::vector<pid_t> members_of(const std::filesystem::path& cgroup);

/// Removes the empty cgroups of the subtree `path` (from the hierarchies' root) wherever there are any.
void remove_empty_subtree(const std::vector<Hierarchy>& mounted, const std::filesystem::path& path);

/// Kills every process in the subtree and removes it; waits for at most two seconds.
void kill_subtree(const std::vector<Hierarchy>& mounted, const std::filesystem::path& path);

}  // namespace faastax::sandbox
