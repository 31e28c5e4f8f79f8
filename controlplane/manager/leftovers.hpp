// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What a containerd that was killed in the middle of a pod's making has left, and its successor does not
/// know.
namespace faastax::manager {

/// The pod that a shim's command line names; empty if it is none's. Words end with zeros, as in /proc. Pure.
std::string pod_of_shim(std::string_view command_line);

/// Whether a command line is a shim's that serves its pod: not one that still starts it, or cleans up after
/// it. Pure.
bool is_serving_shim(std::string_view command_line);

/// What a containerd that died has begun goes on without it: a shim that starts another, runc, a plugin that
/// takes an address. Returns when nothing but shims is left in its cgroup, or `give_up` says so; what takes
/// longer than `limit` is killed. After that nothing new comes forth.
void let_begun_work_end(std::string_view containerd_cgroup, std::chrono::milliseconds limit,
                        const std::function<bool()>& give_up);

/// What there is once that has ended.
struct Remains {
  std::vector<pid_t> shims;
  std::vector<std::filesystem::path> leases;      ///< files of addresses, which hold their pod's id
  std::vector<std::filesystem::path> namespaces;  ///< mount points of network namespaces
};

/// `netns_folder` is looked at in the mount namespace `mounts`.
Remains find_remains(std::string_view containerd_cgroup, const std::filesystem::path& leases,
                     const std::filesystem::path& netns_folder, int mounts);

/// Ends and removes those of `remains` that no pod in `pods` owns; a network namespace that no process is in
/// is nobody's.
void remove_remains(const Remains& remains, const std::set<std::string>& pods, int mounts);

}  // namespace faastax::manager
