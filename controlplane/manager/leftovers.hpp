// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What a containerd that was killed in the middle of a pod's making has left, and its successor does not
/// know.
namespace faastax::manager {

/// The pod that a shim's command line names; empty if it is none's. Words end with zeros, as in /proc. Pure.
std::string pod_of_shim(std::string_view command_line);

/// What there was when it died.
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
