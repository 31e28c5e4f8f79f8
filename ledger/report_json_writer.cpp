// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ledger/report_json.hpp"

namespace faastax::ledger {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSecondsDecimals = 9;
constexpr int kCoarseDecimals = 3;

/// By way of text, because that is stable: reading the result and rounding again changes nothing.
Json rounded(double value, int decimals) {
  if (!std::isfinite(value)) return nullptr;
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result + 0.0;  // -0 becomes 0
}

Json seconds(double value) { return rounded(value, kSecondsDecimals); }
Json coarse(double value) { return rounded(value, kCoarseDecimals); }

Json or_null(std::optional<double> value, int decimals = kSecondsDecimals) {
  return value ? rounded(*value, decimals) : Json(nullptr);
}

Json or_null(std::optional<std::uint64_t> value) { return value ? Json(*value) : Json(nullptr); }

Json percentiles(const Percentiles& values) {
  Json json = Json::object();
  if (values.p50) json["p50"] = seconds(*values.p50);
  if (values.p99) json["p99"] = seconds(*values.p99);
  return json;
}

Json cpu_by_activity(const std::array<double, kActivities>& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kActivities; ++i) {
    if (i < kFunctionActivities || values[i] != 0) json[std::string(kActivityNames[i])] = seconds(values[i]);
  }
  return json;
}

Json bytes_by_state(const std::array<double, kInstanceStates>& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kInstanceStates; ++i) {
    json[std::string(kInstanceStateNames[i])] = coarse(values[i]);
  }
  return json;
}

Json buckets(const std::vector<DurationBucket>& values) {
  Json json = Json::array();
  for (const DurationBucket& of : values) {
    json.push_back({{"above", seconds(of.above)}, {"le", seconds(of.le)}, {"count", of.count}});
  }
  return json;
}

Json node(const NodeInfo& info) {
  return {{"name", info.name},
          {"kernel", info.kernel},
          {"cpus", info.cpus},
          {"cgroup", info.cgroup},
          {"cycle_source", info.cycle_source},
          {"runtime_versions", Json(info.runtime_versions)}};
}

Json apportioning(const Apportioning& of) {
  Json baseline = Json::object();
  for (const auto& [component, cpus] : of.baseline_cpus) baseline[component] = seconds(cpus);
  const std::string_view reason = reason_of(of.state);
  return {{"state", name_of(of.state)},
          {"reason", reason.empty() ? Json() : Json(reason)},
          {"baseline_cpus", std::move(baseline)}};
}

Json cpu(const Report& report) {
  Json by_activity = Json::object();
  for (std::size_t i = 0; i < kActivities; ++i) {
    const ActivityCpu& of = report.by_activity[i];
    by_activity[std::string(kActivityNames[i])] = {{"seconds", seconds(of.seconds)},
                                                   {"inferred_seconds", seconds(of.inferred_seconds)},
                                                   {"cycles", or_null(of.cycles, 0)},
                                                   {"instructions", or_null(of.instructions, 0)}};
  }
  Json by_component = Json::array();
  for (const ComponentCpu& of : report.by_component) {
    by_component.push_back({{"component", of.component},
                            {"activity", name_of(of.activity)},
                            {"seconds", seconds(of.seconds)},
                            {"inferred_seconds", seconds(of.inferred_seconds)}});
  }
  return {{"wall_cpu_seconds", seconds(report.wall_cpu_seconds)},
          {"idle_seconds", seconds(report.idle_seconds)},
          {"steal_seconds", seconds(report.steal_seconds)},
          {"busy_seconds", seconds(report.busy_seconds)},
          {"unsettled_seconds", seconds(report.unsettled_seconds)},
          {"residual_seconds", seconds(report.residual_seconds)},
          {"carved_seconds", or_null(report.carved_seconds)},
          {"by_activity", std::move(by_activity)},
          {"by_component", std::move(by_component)},
          {"apportioning", apportioning(report.apportioning)},
          {"idle_cycles", or_null(report.idle_cycles)},
          {"refused_readings", or_null(report.refused_readings)}};
}

Json memory(const Report& report) {
  Json byte_seconds = bytes_by_state(report.memory.byte_seconds);
  byte_seconds["overhead"] = coarse(report.memory.overhead_byte_seconds);
  return {{"byte_seconds", std::move(byte_seconds)},
          {"reserved_byte_seconds", coarse(report.reserved_byte_seconds)},
          {"dying_cgroups", or_null(report.dying_cgroups)}};
}

Json instances(const Report& report) {
  return {{"live_at_start", report.live_at_start},
          {"started", report.started},
          {"stopped", report.stopped},
          {"live_at_end", report.live_at_end},
          {"create_failed", report.create_failed},
          {"served_none", report.served_none},
          {"cold_start_seconds", percentiles(report.cold_start_seconds)},
          {"cold_start_buckets", buckets(report.cold_start_buckets)}};
}

void add_requests(Json& json, const RequestCounts& of) {
  json["requests"] = or_null(of.completed);
  json["requests_inferred"] = of.inferred;
  json["aborted"] = of.aborted;
  json["probes"] = of.probes;
  json["in_flight_peak"] = of.in_flight_peak;
}

Json timeline_point(const TimelinePoint& of) {
  Json memory = bytes_by_state(of.memory_byte_seconds);
  memory["overhead"] = coarse(of.overhead_byte_seconds);
  return {{"start_seconds", seconds(of.start_seconds)},
          {"seconds", seconds(of.seconds)},
          {"cpu_seconds", cpu_by_activity(of.cpu_seconds)},
          {"idle_seconds", seconds(of.idle_seconds)},
          {"memory_byte_seconds", std::move(memory)},
          {"started", or_null(of.started)},
          {"requests", or_null(of.completed)}};
}

Json function(const FunctionReport& of) {
  Json json = {{"namespace", of.space},
               {"function", of.function},
               {"track", name_of(of.track)},
               {"started", of.started}};
  add_requests(json, of.requests);
  json["request_seconds"] = percentiles(of.request_seconds);
  json["cpu_seconds"] = cpu_by_activity(of.cpu_seconds);
  json["inferred_seconds"] = seconds(of.inferred_seconds);
  json["cycles"] = or_null(of.cycles, 0);
  json["instructions"] = or_null(of.instructions, 0);
  json["memory_byte_seconds"] = bytes_by_state(of.memory_byte_seconds);
  json["churn_ratio"] = or_null(of.churn_ratio);
  return json;
}

Json instance(const InstanceReport& of) {
  Json json = {{"uid", of.uid},
               {"sandbox", of.sandbox},
               {"namespace", of.space},
               {"function", of.function},
               {"track", name_of(of.track)},
               {"kind", of.kind},
               {"live_at_start", of.live_at_start},
               {"own_seconds", seconds(of.own_seconds)},
               {"carved_seconds", seconds(of.carved_seconds)},
               {"cycles", or_null(of.cycles, 0)},
               {"instructions", or_null(of.instructions, 0)},
               {"cpu_seconds", cpu_by_activity(of.cpu_seconds)}};
  add_requests(json, of.requests);
  json["cold_start_seconds"] = or_null(of.cold_start_seconds);
  json["memory_byte_seconds"] = bytes_by_state(of.memory_byte_seconds);
  json["memory_peak_bytes"] = of.memory_peak_bytes;
  json["ended"] = of.ended;
  return json;
}

Json scaling_instances(const ScalingInstances& of) {
  return {{"by_decision", of.by_decision}, {"repairs", of.repairs}, {"undecided", of.undecided},
          {"unobserved", of.unobserved},   {"failed", of.failed},   {"mismatched", of.mismatched},
          {"duplicates", of.duplicates}};
}

Json scaling_group(const ScalingGroup& of) {
  return {{"policy", of.policy},
          {"track", name_of(of.track)},
          {"decisions", of.decisions},
          {"scale_ups", of.scale_ups},
          {"instances", of.instances},
          {"repairs", of.repairs},
          {"failed", of.failed},
          {"served_none", of.served_none},
          {"requests", of.requests},
          {"cpu_seconds", cpu_by_activity(of.cpu_seconds)},
          {"memory_byte_seconds", bytes_by_state(of.memory_byte_seconds)},
          {"scale_up_cpu_seconds", percentiles(of.scale_up_seconds)},
          {"held_requests", of.held_requests},
          {"delay_seconds", percentiles(of.delay_seconds)}};
}

Json scale_up(const ScaleUp& of) {
  return {{"decision", of.decision},
          {"time", of.time},
          {"policy", of.policy},
          {"namespace", of.space},
          {"function", of.function},
          {"track", name_of(of.track)},
          {"instances", of.instances},
          {"served_none", of.served_none},
          {"requests", of.requests},
          {"churn_cpu_seconds", seconds(of.churn_seconds)},
          {"idle_cpu_seconds", seconds(of.idle_seconds)},
          {"idle_memory_byte_seconds", coarse(of.idle_byte_seconds)}};
}

Json program(const ProgramCost& of) {
  return {{"name", of.name}, {"runs", of.runs}, {"ns_per_run", coarse(of.ns_per_run)}};
}

template <typename T>
Json array_of(const std::vector<T>& items, Json (*write)(const T&)) {
  Json json = Json::array();
  for (const T& item : items) json.push_back(write(item));
  return json;
}

Json interval(const Interval& of) {
  return {{"value", seconds(of.value)}, {"low", seconds(of.low)}, {"high", seconds(of.high)}};
}

Json churn(const ChurnLine& of) {
  const bool refused = !of.refused.empty();
  return {{"refused", refused ? Json(of.refused) : Json()},
          {"periods", of.periods},
          {"fixed_cpus", refused ? Json() : interval(of.fixed_cpus)},
          {"creation_cpu_seconds", refused ? Json() : interval(of.creation_seconds)},
          {"r_squared", refused ? Json() : seconds(of.r_squared)}};
}

Json scaling(const ScalingReport& of) {
  return {{"decisions", of.decisions},
          {"scale_ups", of.scale_ups},
          {"scale_downs", of.scale_downs},
          {"without_instances", of.without_instances},
          {"instances", scaling_instances(of.instances)},
          {"served_none", of.served_none},
          {"scale_up_cpu_seconds", percentiles(of.scale_up_seconds)},
          {"held_requests", of.held_requests},
          {"delay_seconds", percentiles(of.delay_seconds)},
          {"groups", array_of(of.groups, scaling_group)},
          {"ups", array_of(of.ups, scale_up)},
          {"ups_left_out", of.ups_left_out},
          {"events_lost", of.events_lost},
          {"churn", of.churn ? churn(*of.churn) : Json()},
          {"problems", of.problems}};
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"schema", kReportSchema},
               {"window", {{"start", report.window_start}, {"seconds", seconds(report.window_seconds)}}},
               {"node", node(report.node)},
               {"cpu", cpu(report)},
               {"memory", memory(report)},
               {"ratios",
                {{"churn_ratio", or_null(report.ratios.churn)},
                 {"overhead_ratio", or_null(report.ratios.overhead)},
                 {"memory_ratio", or_null(report.ratios.memory)}}},
               {"instances", instances(report)},
               {"requests",
                {{"completed", report.requests_completed},
                 {"inferred", report.requests_inferred},
                 {"aborted", report.requests_aborted},
                 {"seconds", percentiles(report.request_seconds)}}}};
  if (!report.timeline.empty()) json["timeline"] = array_of(report.timeline, timeline_point);
  json["functions"] = array_of(report.functions, function);
  if (report.instances) json["instances_detail"] = array_of(*report.instances, instance);
  json["bpf"] = {{"estimated_seconds", seconds(report.bpf_estimated_seconds)},
                 {"programs", array_of(report.programs, program)}};
  json["scaling"] = report.scaling ? scaling(*report.scaling) : Json(nullptr);
  json["lost"] = {{"events", report.lost_events}, {"records", report.lost_records}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace faastax::ledger
