// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/engine.hpp"
#include "controlplane/lab/result.hpp"

namespace faastax::lab {

/// The environment that a run is in.
struct RunHooks {
  ProgressCallback progress;
  /// Called when the runtime was found and everything is ready to begin; false: do not begin.
  std::function<bool()> ready;
  /// When this becomes readable or its other end closes the run ends early; -1: nothing does so but
  /// SIGINT and SIGTERM.
  int stop_fd = -1;
};

/// Runs a plan in this process: load generator, control plane and sandboxes. Afterwards nothing of it is
/// left. SIGINT and SIGTERM end it early, cleanly.
std::expected<LabResult, std::string> run_lab(const LabPlan& plan, const RunHooks& hooks);

}  // namespace faastax::lab
