// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faastax::manager {

/// Cgroup (v2) of the node's own containerd and its shims, from the hierarchy's root.
inline constexpr const char* kContainerdCgroup = "/faastax-lab-containerd";

/// Its network device where nothing else is said.
inline constexpr const char* kBridge = "fxlab0";

/// Ends and removes all that a containerd of the lab's may have left but its files: its processes, pods and
/// bridge. Mounts and network namespaces went with its last process. Only for who holds the regular track's
/// lock alone.
void remove_containerd_leftovers(const std::string& bridge = kBridge);

}  // namespace faastax::manager
