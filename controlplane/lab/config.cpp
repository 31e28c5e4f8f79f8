// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/config.hpp"

#include "controlplane/trace/reader.hpp"

namespace faastax::lab {

std::expected<LabPlan, std::string> plan_lab(const LabConfig& config) {
  const auto trace = trace::load_trace(config.trace_folder);
  if (!trace) return std::unexpected(trace.error());
  auto workload = trace::expand(*trace, config.selection);
  if (!workload) return std::unexpected(workload.error());
  return LabPlan{config, std::move(*workload)};
}

policy::PolicyChoice default_policy() { return *policy::choose_policy("sync:60s"); }

std::filesystem::path example_trace() { return FAASTAX_EXAMPLE_TRACE; }

}  // namespace faastax::lab
