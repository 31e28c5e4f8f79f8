// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "controlplane/sandbox/cgroups.hpp"
#include "controlplane/sandbox/fd.hpp"

namespace faastax::sandbox {

/// A mount namespace in which the v2 hierarchies list no controllers, for crun: version 1.8 takes the v1
/// controllers beside them only then. The namespace lives as long as the descriptor; this process stays in
/// its own.
std::expected<Fd, std::string> namespace_without_v2_controllers(const std::vector<Hierarchy>& mounted);

}  // namespace faastax::sandbox
