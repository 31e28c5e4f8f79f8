// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <string>

#include "controlplane/trace/workload.hpp"

namespace faastax::lab {

/// One run of the lab, as it is asked for.
struct LabConfig {
  std::filesystem::path trace_folder;
  trace::Selection selection;
  std::string runtime = "crun";                                    ///< "crun" or "runc"
  std::chrono::nanoseconds keep_alive = std::chrono::seconds(60);  ///< in the trace's time
  std::size_t max_instances = 64;
  std::filesystem::path state_folder = "/run/faastax-lab";
};

/// What that run will do.
struct LabPlan {
  LabConfig config;
  trace::Workload workload;
};

/// Reads the trace and expands it. Starts nothing.
std::expected<LabPlan, std::string> plan_lab(const LabConfig& config);

/// The trace that comes with the project.
std::filesystem::path example_trace();

}  // namespace faastax::lab
