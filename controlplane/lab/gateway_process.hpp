// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/worker_process.hpp"

namespace faastax::lab {

/// The gateway in a process of that name: reverse proxy, dispatcher and policy, and the fast placement of the
/// emergency track.
struct GatewayProcess {
  WorkerProcess process;
  std::uint16_t port = 0;  ///< on 127.0.0.1

  /// Deploys the functions, which may start instances; the policy's time begins. Once.
  std::expected<void, std::string> begin();
};

/// Connects to the regular track, starts the emergency track if the policy has one, and listens. Its messages
/// are then {"counts": {"cold_starts", "instances"}} a few times a second and, when it was told to end and
/// every instance is removed, {"result": …}: what of a LabResult the gateway knows.
std::expected<GatewayProcess, std::string> launch_gateway(const LabPlan& plan);

}  // namespace faastax::lab
