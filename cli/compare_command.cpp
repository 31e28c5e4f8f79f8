// SPDX-License-Identifier: Apache-2.0
#include "cli/compare_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "cli/comparison.hpp"
#include "cli/comparison_html.hpp"
#include "cli/report_output.hpp"

namespace faastax::cli {
namespace {

using nlohmann::ordered_json;

// Runs that differ in one of these are not of one comparison.
ordered_json setup_of(const lab::LabConfig& config, bool interrupts, const lab::LabPlan& plan) {
  const trace::Selection& s = config.selection;
  auto or_null = [](const std::optional<double>& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
  };
  return {{"trace", config.trace_folder.lexically_normal().string()},
          {"functions", plan.workload.functions.size()},
          {"start_minute", s.start_minute},
          {"minutes", s.minutes},
          {"speedup", s.speedup},
          {"min_requests", s.min_requests},
          {"fit_cpus", or_null(s.fit_cpus)},
          {"warmup_s", std::chrono::duration<double>(config.warmup).count()},
          {"requests", plan.workload.requests.size()},
          {"functions_cpus", plan.workload.fit.mean_cpus},
          {"run_times_cut", plan.workload.fit.capped},
          {"requests_left_out", plan.workload.fit.thinned},
          {"seconds", std::chrono::duration<double>(plan.workload.length).count()},
          {"max_exec_ms", or_null(s.max_exec_ms)},
          {"max_memory_mib", or_null(s.max_memory_mib)},
          {"runtime", lab::runtime_name(config)},
          {"sidecar", config.sidecar},
          {"max_instances", config.max_instances},
          {"nodes", config.nodes},
          {"interrupts", interrupts},
          {"version", FAASTAX_VERSION}};
}

/// One run, printed as it goes; an interrupted one is an error.
base::Result<PolicyRun> run_one(const CompareOptions& options, const policy::PolicyChoice& policy,
                                std::uint64_t seed) {
  lab::LabConfig config = options.lab.config;
  config.policy = policy;
  config.selection.seed = seed;
  const auto plan = lab::plan_lab(config);
  if (!plan) return base::failure(plan.error().what);
  // Once it is said ^C ends the run in order.
  auto ran = profile_lab(*plan, options.lab.interrupts, false, [&]() -> base::Result<void> {
    fmt::print(stderr, "run       {}, seed {}\n", policy.text, seed);
    return {};
  });
  if (!ran) return base::failure(ran.error());
  if (ran->result.interrupted) {
    return base::failure(options.lab.json_file ? "interrupted; --resume goes on from here" : "interrupted");
  }
  fmt::print(stderr, "          {} of {} requests succeeded, {} instances, slowdown {:.2f}\n",
             ran->result.succeeded, ran->result.sent, ran->result.instances_started,
             ran->result.slowdown.value_or(0));
  for (const std::string& problem : ran->result.problems) fmt::print(stderr, "problem   {}\n", problem);
  // Of many runs the sums are enough.
  ledger::ScalingReport& scaling = *ran->report.scaling;
  scaling.ups_left_out += std::exchange(scaling.ups, {}).size();
  return PolicyRun{policy.text, seed, std::move(ran->result), std::move(ran->report)};
}

base::Result<void> run_all(const CompareOptions& options, Comparison& comparison) {
  // Policies inside, seeds outside: what a machine does over hours then falls on all policies alike.
  for (int i = 0; i < options.seeds; ++i) {
    const std::uint64_t seed = options.lab.config.selection.seed + static_cast<std::uint64_t>(i);
    for (const policy::PolicyChoice& policy : options.policies) {
      if (comparison.has(policy.text, seed)) continue;
      auto run = run_one(options, policy, seed);
      if (!run) return base::failure(run.error());
      comparison.runs.push_back(std::move(*run));
      if (!options.lab.json_file) continue;
      if (const auto saved = save(comparison, *options.lab.json_file); !saved) return saved;
    }
  }
  return {};
}

}  // namespace

int compare_policies(const CompareOptions& options) {
  const auto plan = lab::plan_lab(options.lab.config);
  if (!plan) return fail_to_plan(plan.error());
  print_lab_plan(*plan, stderr);
  for (const auto& file : {options.lab.json_file, options.html_file, options.lab.config.events.file}) {
    if (!file) continue;
    if (const auto usable = check_writable(*file); !usable) return fail(usable.error());
  }
  Comparison comparison{setup_of(options.lab.config, options.lab.interrupts, *plan), {}};
  if (options.resume) {
    auto runs = load_runs(*options.lab.json_file, comparison.setup);
    if (!runs) return fail(runs.error());
    comparison.runs = std::move(*runs);
  }
  if (const auto& events = options.lab.config.events.file; events && !options.resume)
    std::ofstream(*events, std::ios::trunc);
  const auto ran = run_all(options, comparison);
  // What was measured before an error counts.
  if (!comparison.runs.empty()) fmt::print("{}", to_text(comparison));
  if (!comparison.runs.empty() && options.html_file) {
    const auto drawn = write_whole(*options.html_file, to_html(comparison));
    if (!drawn) return fail(drawn.error());
  }
  if (!ran) {
    std::fflush(stdout);
    return fail(ran.error());
  }
  const bool well =
      std::ranges::all_of(comparison.runs, [](const PolicyRun& run) { return clean(run.result); });
  return well ? 0 : 1;
}

}  // namespace faastax::cli
