// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/result.hpp"

namespace faastax::lab {

using ProgressCallback = std::function<void(const LabProgress&)>;

/// The environment that a run is in.
struct RunHooks {
  ProgressCallback progress;
  /// Called once, when the warm-up is over; at the start without one.
  std::function<void()> warm;
  /// Called when the runtime was found and everything is ready to begin; false: do not begin.
  std::function<bool()> ready;
  /// A byte from here, or its other end's close, ends the run early; a second one ends it at once, without a
  /// result.
  int stop_fd = -1;
};

/// Runs a plan: this process is the load generator, the gateway and what makes the sandboxes are processes of
/// their own. To be called while this one has one thread. Afterwards nothing of it is left.
std::expected<LabResult, std::string> run_lab(const LabPlan& plan, const RunHooks& hooks);

}  // namespace faastax::lab
