// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/config.hpp"

#include <algorithm>

#include "controlplane/trace/reader.hpp"

namespace faastax::lab {

std::expected<LabPlan, PlanError> plan_lab(const LabConfig& config) {
  const auto trace = trace::load_trace(config.trace_folder);
  if (!trace) return std::unexpected(PlanError{trace.error()});
  auto workload = trace::expand(*trace, config.selection);
  if (!workload) return std::unexpected(PlanError{workload.error(), true});
  LabPlan plan{config, std::move(*workload)};
  if (plan.config.warmup.count() > 0 && plan.warm_at() >= plan.workload.length) {
    return std::unexpected(PlanError{"the warm-up is as long as the window", true});
  }
  return plan;
}

std::chrono::nanoseconds LabPlan::warm_at() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(config.warmup / config.selection.speedup);
}

std::expected<policy::PolicyChoice, std::string> choose_policy(std::string_view text,
                                                               std::span<const std::string> settings) {
  auto choice = policy::choose_policy(text, settings);
  if (!choice) return choice;
  constexpr std::string_view kConcurrency = "concurrency";
  const bool given = std::ranges::find(choice->given, kConcurrency) != choice->given.end();
  const auto& parameters = choice->type->parameters;
  const bool known =
      std::ranges::find(parameters, kConcurrency, &policy::Parameter::name) != parameters.end();
  if (known && !given) choice->values.put(kConcurrency, 1);
  return choice;
}

policy::PolicyChoice default_policy() { return *policy::choose_policy("sync:60s"); }

std::string runtime_name(const LabConfig& config) {
  if (config.manager == Manager::kOci) return config.runtime;
  return config.cri_socket.empty() ? "containerd" : config.cri_socket.string();
}

std::filesystem::path example_trace() { return FAASTAX_EXAMPLE_TRACE; }

}  // namespace faastax::lab
