// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/sandbox/cgroups.hpp"
#include "controlplane/sandbox/fd.hpp"

namespace faastax::emergency {

/// What an instance may use. 0: no limit.
struct Quota {
  std::uint64_t memory_bytes = 0;
  double cpu_cores = 0;
};

/// Where instances' cgroups go, and which hierarchy enforces what: the v2 one where it has the controller,
/// else that of v1. Pure but for choose().
struct CgroupLayout {
  std::filesystem::path v2;      ///< mount points; `v2` always is there
  std::filesystem::path memory;  ///< the same as `v2`, a v1 hierarchy's, or empty: cannot be enforced
  std::filesystem::path cpu;

  /// `v2_controllers`: what the root's `cgroup.controllers` says.
  static std::expected<CgroupLayout, std::string> of(const std::vector<sandbox::Hierarchy>& mounted,
                                                     const std::string& v2_controllers);
  /// This machine's.
  static std::expected<CgroupLayout, std::string> choose();
};

/// The cgroup of one instance: in the v2 hierarchy, where it is born, and in those v1 hierarchies that its
/// quota needs. Its processes are to be gone before it goes; remove() says whether it went.
class CgroupLeaf {
 public:
  CgroupLeaf() = default;
  CgroupLeaf(CgroupLeaf&&) noexcept = default;
  CgroupLeaf& operator=(CgroupLeaf&&) noexcept = default;

  /// The v2 cgroup's folder, for CLONE_INTO_CGROUP.
  int folder() const { return folder_.get(); }
  /// The files `tasks` that a process joins the v1 cgroups by.
  const std::vector<sandbox::Fd>& joins() const { return joins_; }

  /// A process in it; 0: there is none; absent: no descriptor is left to look with.
  std::optional<pid_t> first_process() const;
  /// SIGKILL to every process in it.
  void kill() const;
  /// Whether the memory limit has killed a process in it.
  bool ran_out_of_memory() const;
  /// Closes the descriptors and removes the folders, the v2 one last: by it leftovers are found. The error
  /// names the one that stays.
  std::expected<void, std::string> remove();

 private:
  friend class CgroupTree;
  std::expected<void, std::string> add_folder(const std::filesystem::path& folder);
  std::expected<void, std::string> add_join(const std::filesystem::path& folder);

  sandbox::Fd folder_;
  std::vector<sandbox::Fd> joins_;
  std::vector<std::filesystem::path> joined_;  ///< whose `tasks` those are
  std::vector<std::filesystem::path> made_;    ///< the v2 one first
  std::filesystem::path memory_;               ///< where the memory limit is, or empty
};

/// One node's part of the lab's emergency cgroups,
/// `/faastax-lab/emergency/<namespace>.<function>/<instance>`. The number of the node that a cgroup belongs
/// to is written on it (an extended attribute), as several nodes share the tree.
class CgroupTree {
 public:
  /// `node`: its number, whose lock (node_lock.hpp) this process holds.
  CgroupTree(CgroupLayout layout, int node) : layout_(std::move(layout)), node_(node) {}

  /// Kills and removes what agents that died have left, of this node or of any whose lock nobody holds; the
  /// number of cgroups.
  std::size_t remove_leftovers() const;

  /// Makes the function's own cgroup, with the controllers passed on to those below.
  std::expected<void, std::string> prepare(const std::string& space, const std::string& function) const;

  /// An instance's, below the function's, which is prepared again if somebody has just removed it. When it
  /// fails nothing of it is left.
  std::expected<CgroupLeaf, std::string> make(const std::string& space, const std::string& function,
                                              const std::string& instance, const Quota& quota) const;

  /// Removes the functions' cgroups that are empty, and what is above them.
  void remove_empty() const;

 private:
  using Setting = std::pair<std::string, std::string>;  ///< file and what is written to it

  using Locks = std::map<int, sandbox::Fd>;  ///< by node; without a descriptor: held by another process

  bool is_dead(const std::filesystem::path& cgroup, Locks& locks) const;
  std::expected<void, std::string> make_ways(const std::filesystem::path& below) const;
  std::expected<void, std::string> fill(CgroupLeaf& leaf, const std::filesystem::path& path,
                                        const Quota& quota) const;
  static std::expected<void, std::string> limit(CgroupLeaf& leaf, const std::filesystem::path& folder,
                                                bool v2, const std::vector<Setting>& settings);

  CgroupLayout layout_;
  int node_;
};

}  // namespace faastax::emergency
