// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/assemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "cli/report/prometheus/histogram.hpp"
#include "ledger/report_builder.hpp"

namespace faastax::cli::prometheus {
namespace {

using ledger::Activity;
using ledger::kActivities;
using ledger::Report;
using Samples = std::vector<Sample>;

template <std::size_t N>
std::optional<std::size_t> index_in(const std::array<std::string_view, N>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

std::optional<std::size_t> activity_of(const Sample& sample) {
  return index_in(ledger::kActivityNames, sample.label("activity"));
}

bool inferred(const Sample& sample) { return sample.label("evidence") == "inferred"; }

double sum(const Samples& samples) {
  double total = 0;
  for (const Sample& sample : samples) total += sample.value;
  return total;
}

double sum(const Samples& samples, const char* label, const char* value) {
  double total = 0;
  for (const Sample& sample : samples) total += sample.label(label) == value ? sample.value : 0;
  return total;
}

/// Counts are whole unless increase() guessed them. More than can be counted is not counted on.
std::uint64_t count(double value) {
  constexpr double kMost = 1e18;
  return value > 0 ? static_cast<std::uint64_t>(std::llround(std::min(value, kMost))) : 0;
}

/// As the monitors name it, else where it was scraped.
std::string node_of(const Sample& sample) {
  const std::string& node = sample.label("node");
  return node.empty() ? sample.label("instance") : node;
}

void add_cpu(const Answers& answers, Report& report) {
  double cells = 0;
  for (const Sample& sample : answers.cpu) {
    const auto activity = activity_of(sample);
    if (!activity) continue;
    cells += sample.value;
    report.by_activity[*activity].seconds += sample.value;
    if (inferred(sample)) report.by_activity[*activity].inferred_seconds += sample.value;
  }
  for (const Sample& sample : answers.cycles) {
    if (const auto activity = activity_of(sample)) report.by_activity[*activity].cycles = sample.value;
  }
  report.idle_seconds = sum(answers.idle);
  report.steal_seconds = sum(answers.steal);
  report.unsettled_seconds = sum(answers.unsettled);
  report.residual_seconds = sum(answers.residual);
  report.busy_seconds = cells + report.unsettled_seconds;
  report.wall_cpu_seconds =
      report.busy_seconds + report.idle_seconds + report.steal_seconds + report.residual_seconds;
  report.apportioning.state = ledger::ApportioningState::kUnknown;
}

void add_components(const Answers& answers, Report& report) {
  std::map<std::pair<std::string, std::size_t>, ledger::ComponentCpu> rows;
  for (const Sample& sample : answers.components) {
    const auto activity = activity_of(sample);
    if (!activity || sample.value <= 0) continue;
    ledger::ComponentCpu& row = rows[{sample.label("component"), *activity}];
    row.component = sample.label("component");
    row.activity = static_cast<Activity>(*activity);
    row.seconds += sample.value;
    if (inferred(sample)) row.inferred_seconds += sample.value;
  }
  for (auto& [key, row] : rows) report.by_component.push_back(std::move(row));
  std::ranges::stable_sort(report.by_component, std::ranges::greater{}, &ledger::ComponentCpu::seconds);
}

void add_memory(const Answers& answers, Report& report) {
  for (const Sample& sample : answers.memory) {
    const std::string& state = sample.label("state");
    if (const auto index = index_in(ledger::kInstanceStateNames, state)) {
      report.memory.byte_seconds[*index] += sample.value;
    } else if (state == "overhead") {
      report.memory.overhead_byte_seconds += sample.value;
    }
  }
  report.reserved_byte_seconds = sum(answers.reserved);
  if (!answers.dying.empty()) report.dying_cgroups = count(sum(answers.dying));
}

using Key = std::tuple<std::string, std::string, std::size_t>;
using Functions = std::map<Key, ledger::FunctionReport>;

ledger::FunctionReport& function_of(Functions& functions, const Sample& sample) {
  const auto unknown = ledger::index_of(ledger::Track::kUnknown);
  const std::size_t track = index_in(ledger::kTrackNames, sample.label("track")).value_or(unknown);
  ledger::FunctionReport& function = functions[{sample.label("namespace"), sample.label("function"), track}];
  function.space = sample.label("namespace");
  function.function = sample.label("function");
  function.track = static_cast<ledger::Track>(track);
  return function;
}

void add_requests(const Answers& answers, Functions& functions) {
  std::map<Key, Samples> buckets;
  for (const Sample& sample : answers.requests) {
    ledger::RequestCounts& counts = function_of(functions, sample).requests;
    (sample.label("outcome") == "completed" ? *counts.completed : counts.aborted) += count(sample.value);
  }
  for (const Sample& sample : answers.request_buckets) {
    const ledger::FunctionReport& function = function_of(functions, sample);
    buckets[{function.space, function.function, ledger::index_of(function.track)}].push_back(sample);
  }
  for (const auto& [key, samples] : buckets)
    functions[key].request_seconds = percentiles_of(buckets_of(samples));
}

void add_functions(const Answers& answers, Report& report) {
  Functions functions;
  for (const Sample& sample : answers.functions) {
    const auto activity = activity_of(sample);
    if (!activity) continue;
    ledger::FunctionReport& function = function_of(functions, sample);
    function.cpu_seconds[*activity] += sample.value;
    if (inferred(sample)) function.inferred_seconds += sample.value;
  }
  for (const Sample& sample : answers.function_cycles) function_of(functions, sample).cycles = sample.value;
  for (const Sample& sample : answers.function_memory) {
    if (const auto state = index_in(ledger::kInstanceStateNames, sample.label("state")))
      function_of(functions, sample).memory_byte_seconds[*state] += sample.value;
  }
  for (const Sample& sample : answers.starts) function_of(functions, sample).started += count(sample.value);
  add_requests(answers, functions);
  for (auto& [key, function] : functions) {
    function.churn_ratio = churn_ratio(report::Row{.cpu_seconds = function.cpu_seconds});
    report.functions.push_back(std::move(function));
  }
}

void add_counts(const Answers& answers, Report& report) {
  report.started = count(sum(answers.starts));
  report.stopped = count(sum(answers.ends));
  report.create_failed = count(sum(answers.ends, "reason", "create_failed"));
  report.served_none = count(sum(answers.served_none));
  report.live_at_start = count(sum(answers.live_before));
  report.live_at_end = count(sum(answers.live_after));
  report.requests_completed = count(sum(answers.requests, "outcome", "completed"));
  report.requests_aborted = count(sum(answers.requests, "outcome", "aborted"));
  report.request_seconds = percentiles_of(buckets_of(answers.request_buckets));
  report.cold_start_buckets = buckets_of(answers.cold_start_buckets);
  report.cold_start_seconds = percentiles_of(report.cold_start_buckets);
  report.lost_events = count(sum(answers.lost, "kind", "events"));
  report.lost_records = count(sum(answers.lost, "kind", "records"));
}

void add_programs(const Answers& answers, Report& report) {
  std::map<std::string, double> seconds;
  for (const Sample& sample : answers.program_seconds) seconds[sample.label("program")] += sample.value;
  report.bpf_estimated_seconds = sum(answers.program_seconds);
  for (const Sample& sample : answers.programs) {
    const std::string& name = sample.label("program");
    const double each = sample.value > 0 ? seconds[name] / sample.value * 1e9 : 0;
    report.programs.push_back({name, count(sample.value), each});
  }
}

/// Words that all nodes have in common; otherwise how many there are.
std::string common(const Answers& answers, const char* label) {
  std::set<std::string> values;
  for (const Sample& sample : answers.info) values.insert(sample.label(label));
  if (values.size() > 1) return fmt::format("{} different", values.size());
  return values.empty() ? "" : *values.begin();
}

std::vector<report::Row> nodes_of(const Answers& answers) {
  std::map<std::string, report::Row> rows;
  for (const Sample& sample : answers.cpu) {
    const auto activity = activity_of(sample);
    if (!activity) continue;
    report::Row& row = rows[node_of(sample)];
    row.cpu_seconds[*activity] += sample.value;
    if (inferred(sample)) row.inferred_seconds += sample.value;
  }
  for (const Sample& sample : answers.memory) {
    if (const auto state = index_in(ledger::kInstanceStateNames, sample.label("state"))) {
      auto& memory = rows[node_of(sample)].memory_byte_seconds;
      if (!memory) memory.emplace();
      (*memory)[*state] += sample.value;
    }
  }
  std::vector<report::Row> result;
  for (auto& [name, row] : rows) {
    row.name = name;
    result.push_back(std::move(row));
  }
  return result;
}

void add_node(const Answers& answers, const std::vector<report::Row>& nodes, Report& report) {
  report.node.name = nodes.size() == 1 ? nodes[0].name : fmt::format("{} nodes", nodes.size());
  report.node.kernel = common(answers, "kernel");
  report.node.cgroup = common(answers, "cgroup");
  const std::string source = common(answers, "cycle_source");
  report.node.cycle_source = source.empty() ? "none" : source;
  constexpr double kMostCpus = std::numeric_limits<unsigned>::max();
  double cpus = 0;
  for (const Sample& sample : answers.cpus) cpus += sample.value;
  report.node.cpus = static_cast<unsigned>(std::clamp(cpus, 0.0, kMostCpus));
}

/// Adds each point to the stretch that ends where it stands.
template <typename Take>
void add_course(const std::vector<Series>& all, const TimeWindow& window, std::size_t stretches, Take take) {
  for (const Series& series : all) {
    for (const auto& [time, value] : series.points) {
      const double step = std::round((time - window.start) / window.step) - 1;
      if (step >= 0 && step < static_cast<double>(stretches))
        take(series, static_cast<std::size_t>(step), value);
    }
  }
}

void add_timeline(const Answers& answers, const TimeWindow& window, Report& report) {
  const auto stretches = static_cast<std::size_t>(std::llround((window.end - window.start) / window.step));
  auto& points = report.timeline;
  for (std::size_t i = 0; i < stretches; ++i) {
    points.push_back({.start_seconds = static_cast<double>(i) * window.step,
                      .seconds = window.step,
                      .started = 0,
                      .completed = 0});
  }
  const auto label = [](const Series& series, const char* name) {
    const auto found = series.labels.find(name);
    return found == series.labels.end() ? std::string() : found->second;
  };
  add_course(answers.cpu_course, window, stretches, [&](const Series& series, std::size_t i, double value) {
    if (const auto activity = index_in(ledger::kActivityNames, label(series, "activity")))
      points[i].cpu_seconds[*activity] += value;
  });
  add_course(answers.memory_course, window, stretches,
             [&](const Series& series, std::size_t i, double value) {
               const std::string state = label(series, "state");
               if (const auto index = index_in(ledger::kInstanceStateNames, state)) {
                 points[i].memory_byte_seconds[*index] += value;
               } else if (state == "overhead") {
                 points[i].overhead_byte_seconds += value;
               }
             });
  add_course(answers.idle_course, window, stretches,
             [&](const Series&, std::size_t i, double value) { points[i].idle_seconds += value; });
  add_course(answers.starts_course, window, stretches,
             [&](const Series&, std::size_t i, double value) { *points[i].started += count(value); });
  add_course(answers.requests_course, window, stretches,
             [&](const Series&, std::size_t i, double value) { *points[i].completed += count(value); });
}

}  // namespace

report::Document assemble(const Answers& answers, const TimeWindow& window) {
  report::Document document;
  Report& report = document.report;
  report.window_start = ledger::rfc3339(static_cast<ledger::Nanoseconds>(std::max(window.start, 0.0) * 1e9));
  report.window_seconds = window.end - window.start;
  document.nodes = nodes_of(answers);
  add_node(answers, *document.nodes, report);
  add_cpu(answers, report);
  add_components(answers, report);
  add_memory(answers, report);
  add_functions(answers, report);
  add_counts(answers, report);
  add_programs(answers, report);
  add_timeline(answers, window, report);
  report.ratios = ledger::ratios_of(report);
  document.notes = {"from Prometheus: percentiles are known to within their histogram's buckets"};
  return document;
}

}  // namespace faastax::cli::prometheus
