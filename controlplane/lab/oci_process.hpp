// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/worker_process.hpp"

namespace faastax::lab {

/// The regular track of Manager::kOci: instances by an OCI runtime's command line, in a process named
/// "cluster-manager", behind a socket in the state folder. When it ends nothing that it made is left.
std::expected<WorkerProcess, std::string> launch_oci_process(const LabConfig& config);

/// Where it listens.
std::filesystem::path oci_socket(const LabConfig& config);

}  // namespace faastax::lab
