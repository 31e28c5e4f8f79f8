// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_builder.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>

namespace faastax::ledger {
namespace {

double signed_seconds(std::int64_t ns) { return static_cast<double>(ns) / kNanosecondsPerSecond; }

std::optional<double> ratio(double numerator, double denominator) {
  if (denominator <= 0) return std::nullopt;
  return numerator / denominator;
}

Percentiles percentiles(const Distribution& distribution) {
  return {distribution.quantile(0.5), distribution.quantile(0.99)};
}

/// What counters gave; absent where none count.
std::optional<double> counted(bool counts, std::uint64_t amount) {
  return counts ? std::optional(static_cast<double>(amount)) : std::nullopt;
}

double inferred_seconds(const CpuByActivity& cpu, std::size_t activity) {
  return seconds(cpu.ns[activity][index_of(Evidence::kInferred)]);
}

void add_cpu(const ReportInputs& in, Report& report) {
  const Counting& counting = in.after.counting;
  const CpuByActivity cpu = in.after.cpu.since(in.before.cpu);
  for (std::size_t activity = 0; activity < kActivities; ++activity) {
    report.by_activity[activity].seconds = seconds(cpu.of(static_cast<Activity>(activity)));
    report.by_activity[activity].inferred_seconds = inferred_seconds(cpu, activity);
    report.by_activity[activity].cycles = counted(counting.on(), CpuByActivity::sum(cpu.cycles[activity]));
    report.by_activity[activity].instructions =
        counted(counting.instructions, CpuByActivity::sum(cpu.instructions[activity]));
  }
  if (counting.on()) {
    report.node.cycle_source = counting.source;
    report.idle_cycles = counting.idle_cycles - in.before.counting.idle_cycles;
    report.refused_readings = counting.refused - in.before.counting.refused;
  }
  report.carved_seconds = seconds(in.after.carved - in.before.carved);
  report.wall_cpu_seconds = seconds(in.after.wall - in.before.wall);
  report.idle_seconds = seconds(in.after.idle - in.before.idle);
  report.steal_seconds = signed_seconds(in.after.steal - in.before.steal);
  const auto unsettled =
      static_cast<std::int64_t>(in.after.unsettled) - static_cast<std::int64_t>(in.before.unsettled);
  report.unsettled_seconds = signed_seconds(unsettled);
  report.busy_seconds = seconds(cpu.total()) + report.unsettled_seconds;
  report.residual_seconds =
      report.wall_cpu_seconds - report.busy_seconds - report.idle_seconds - report.steal_seconds;
}

void add_components(const ReportInputs& in, Report& report) {
  const CpuByActivity node = in.after.cpu.since(in.before.cpu);
  for (const auto& [name, cpu] : components_since(in.before.components, in.after.components, node)) {
    for (std::size_t activity = 0; activity < kActivities; ++activity) {
      const Nanoseconds ns = cpu.of(static_cast<Activity>(activity));
      if (ns == 0) continue;
      report.by_component.push_back(
          {name, static_cast<Activity>(activity), seconds(ns), inferred_seconds(cpu, activity)});
    }
  }
  std::ranges::stable_sort(report.by_component, std::ranges::greater{}, &ComponentCpu::seconds);
}

void add_memory(const ReportInputs& in, Report& report) {
  for (std::size_t state = 0; state < kInstanceStates; ++state) {
    report.memory.byte_seconds[state] =
        in.after.memory_byte_seconds[state] - in.before.memory_byte_seconds[state];
  }
  report.memory.overhead_byte_seconds = in.after.overhead_byte_seconds - in.before.overhead_byte_seconds;
  report.reserved_byte_seconds = in.after.reserved_byte_seconds - in.before.reserved_byte_seconds;
  report.dying_cgroups = in.after.dying_cgroups;
}

RequestCounts requests_of(const FunctionTotals& after, const FunctionTotals& before) {
  RequestCounts result{.completed = after.completed - before.completed,
                       .inferred = after.inferred_requests - before.inferred_requests,
                       .aborted = after.aborted - before.aborted,
                       .probes = after.probes - before.probes,
                       .in_flight_peak = after.in_flight_peak};
  if (after.uncounted != 0) result.completed.reset();
  return result;
}

FunctionReport describe(const FunctionName& name, const FunctionTotals& after, const FunctionTotals& before,
                        const Counting& counting) {
  FunctionReport result;
  result.space = name.space;
  result.function = name.function;
  result.track = name.track;
  result.started = after.started - before.started;
  result.requests = requests_of(after, before);
  result.request_seconds = percentiles(after.request_seconds.difference(before.request_seconds));
  const CpuByActivity cpu = after.cpu.since(before.cpu);
  for (std::size_t activity = 0; activity < kActivities; ++activity) {
    result.cpu_seconds[activity] = seconds(cpu.of(static_cast<Activity>(activity)));
    result.inferred_seconds += inferred_seconds(cpu, activity);
  }
  result.cycles = counted(counting.on(), CpuByActivity::sum(cpu.cycles));
  result.instructions = counted(counting.instructions, CpuByActivity::sum(cpu.instructions));
  for (std::size_t state = 0; state < kInstanceStates; ++state) {
    result.memory_byte_seconds[state] = after.memory_byte_seconds[state] - before.memory_byte_seconds[state];
  }
  const auto of = [&result](Activity activity) { return result.cpu_seconds[index_of(activity)]; };
  result.churn_ratio =
      ratio(of(Activity::kCreate) + of(Activity::kInit) + of(Activity::kTeardown), of(Activity::kHandle));
  return result;
}

void add_functions(const ReportInputs& in, Report& report) {
  Distribution requests;
  Distribution cold_starts;
  static const FunctionTotals kNothing;
  for (const auto& [name, after] : in.after.functions) {
    const auto found = in.before.functions.find(name);
    const FunctionTotals& before = found == in.before.functions.end() ? kNothing : found->second;
    report.functions.push_back(describe(name, after, before, in.after.counting));
    report.requests_completed += after.completed - before.completed;
    report.requests_inferred += after.inferred_requests - before.inferred_requests;
    report.requests_aborted += after.aborted - before.aborted;
    report.served_none += after.served_none - before.served_none;
    requests.merge(after.request_seconds.difference(before.request_seconds));
    cold_starts.merge(after.cold_start_seconds.difference(before.cold_start_seconds));
  }
  report.request_seconds = percentiles(requests);
  report.cold_start_seconds = percentiles(cold_starts);
  report.cold_start_buckets = buckets_of(cold_starts);
}

void add_programs(const ReportInputs& in, Report& report) {
  for (const ProgramCost& after : in.after.programs) {
    const auto before = std::ranges::find(in.before.programs, after.name, &ProgramCost::name);
    ProgramCost cost = after;
    if (before != in.before.programs.end()) cost.runs -= before->runs;
    report.bpf_estimated_seconds += static_cast<double>(cost.runs) * cost.ns_per_run / kNanosecondsPerSecond;
    report.programs.push_back(std::move(cost));
  }
}

InstanceReport describe_instance(const Instance& instance, const std::string& prefix,
                                 const Counting& counting) {
  InstanceReport result;
  char number[24];
  std::snprintf(number, sizeof(number), "%010llu", static_cast<unsigned long long>(instance.number));
  result.uid = prefix + number;
  result.sandbox = instance.sandbox;
  result.function = instance.name.function;
  result.space = instance.name.space;
  result.live_at_start = instance.live_at_attach;
  result.track = instance.name.track;
  result.kind = instance.settlement == Settlement::kJob ? "job" : "server";
  result.own_seconds = seconds(instance.own);
  result.carved_seconds = seconds(instance.carved);
  result.cycles = counted(counting.on(), CpuByActivity::sum(instance.cpu.cycles));
  result.instructions = counted(counting.instructions, CpuByActivity::sum(instance.cpu.instructions));
  for (std::size_t activity = 0; activity < kActivities; ++activity) {
    result.cpu_seconds[activity] = seconds(instance.cpu.of(static_cast<Activity>(activity)));
  }
  result.requests = {.completed = instance.requests,
                     .inferred = instance.inferred_requests,
                     .aborted = instance.aborted,
                     .probes = instance.probes,
                     .in_flight_peak = instance.in_flight_peak};
  if (instance.requests_hidden) result.requests.completed.reset();
  if (instance.ready != 0 && !instance.live_at_attach) {
    result.cold_start_seconds = seconds(instance.ready - instance.named);
  }
  result.memory_byte_seconds = instance.memory_byte_seconds;
  result.memory_peak_bytes = instance.memory_peak_bytes;
  result.ended = describe_end(instance);
  return result;
}

}  // namespace

std::string rfc3339(Nanoseconds real) {
  const auto whole = static_cast<std::time_t>(real / 1'000'000'000);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
  char result[48];
  std::snprintf(result, sizeof(result), "%s.%03uZ", date, static_cast<unsigned>(real / 1'000'000 % 1000));
  return result;
}

std::vector<DurationBucket> buckets_of(const Distribution& distribution) {
  constexpr int kLowest = -20;  // a microsecond
  constexpr int kHighest = 12;  // more than an hour
  std::vector<DurationBucket> result;
  double above = 0;
  std::uint64_t below = 0;
  const auto add = [&](double le, std::uint64_t at_most) {
    if (at_most > below) result.push_back({above, le, at_most - below});
    above = le;
    below = at_most;
  };
  for (int quarter = 4 * kLowest; quarter <= 4 * kHighest; ++quarter) {
    const int octave = quarter >> 2;
    const double le = std::ldexp(1 + (quarter - 4 * octave) / 4.0, octave);
    add(le, distribution.count_at_most(le));
  }
  add(std::numeric_limits<double>::infinity(), distribution.count());
  return result;
}

Ratios ratios_of(const Report& report) {
  const auto cpu = [&report](Activity activity) { return report.by_activity[index_of(activity)].seconds; };
  const double creation = cpu(Activity::kCreate) + cpu(Activity::kTeardown);
  Ratios ratios;
  ratios.churn = ratio(creation + cpu(Activity::kInit), cpu(Activity::kHandle));
  ratios.overhead = ratio(creation + cpu(Activity::kManage) + cpu(Activity::kRoute),
                          cpu(Activity::kInit) + cpu(Activity::kHandle) + cpu(Activity::kIdle));
  double all = 0;
  for (const double amount : report.memory.byte_seconds) all += amount;
  ratios.memory = ratio(all, report.memory.byte_seconds[index_of(InstanceState::kBusy)]);
  return ratios;
}

Report build_report(const ReportInputs& in, const NodeInfo& node) {
  Report report;
  report.node = node;
  report.window_start = rfc3339(in.clocks.real - in.clocks.mono + in.start);
  report.window_seconds = seconds(in.end - in.start);
  add_cpu(in, report);
  add_components(in, report);
  report.apportioning = in.after.apportioning;
  add_memory(in, report);
  report.ratios = ratios_of(report);
  report.live_at_start = in.live_before;
  report.live_at_end = in.live_after;
  report.started = in.after.started - in.before.started;
  report.stopped = in.after.stopped - in.before.stopped;
  report.create_failed = in.after.create_failed - in.before.create_failed;
  add_functions(in, report);
  add_programs(in, report);
  report.lost_events = in.after.lost_events - in.before.lost_events;
  report.lost_records = in.after.lost_records - in.before.lost_records;
  return report;
}

std::vector<InstanceReport> describe_instances(std::vector<InstancePtr> instances, const std::string& prefix,
                                               const Counting& counting) {
  std::ranges::sort(instances, {}, [](const InstancePtr& instance) { return instance->number; });
  std::vector<InstanceReport> result;
  result.reserve(instances.size());
  for (const InstancePtr& instance : instances)
    result.push_back(describe_instance(*instance, prefix, counting));
  return result;
}

}  // namespace faastax::ledger
