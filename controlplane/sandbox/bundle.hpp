// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "controlplane/sandbox/driver.hpp"

namespace faastax::sandbox {

/// Cgroup of everything the lab makes, from the root of each hierarchy.
inline constexpr const char* kLabCgroup = "/faastax-lab";

/// `/faastax-lab/regular/<namespace>.<function>/<instance>`.
std::string cgroup_path(const SandboxSpec& spec);

/// The OCI runtime configuration (opencontainers/runtime-spec 1.0) of a sandbox: `/function` alone in a
/// read-only root, namespaces of its own, no privileges.
std::string oci_config(const SandboxSpec& spec, const std::filesystem::path& root_fs);

}  // namespace faastax::sandbox
