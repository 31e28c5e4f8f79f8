// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/result.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "controlplane/policy/nearest_rank.hpp"

namespace faastax::lab {
namespace {

using nlohmann::json;

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

std::optional<double> number_at(const json& object, const char* key) {
  const json& value = object.at(key);
  return value.is_null() ? std::nullopt : std::optional<double>(value.get<double>());
}

}  // namespace

std::optional<double> percentile(std::vector<double> samples, double percent) {
  if (samples.empty()) return std::nullopt;
  const auto at =
      samples.begin() + static_cast<std::ptrdiff_t>(policy::nearest_rank(percent, samples.size()));
  std::ranges::nth_element(samples, at);
  return *at;
}

std::optional<double> geometric_mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double logs = 0;
  for (const double value : values) logs += std::log(value);
  return std::exp(logs / static_cast<double>(values.size()));
}

void add_load(LabResult& control, const LabResult& load) {
  control.sent = load.sent;
  control.succeeded = load.succeeded;
  control.failed = load.failed;
  control.slowdown = load.slowdown;
  control.late_p99 = load.late_p99;
  for (std::size_t i = 0; i < std::min(control.functions.size(), load.functions.size()); ++i) {
    control.functions[i].sent = load.functions[i].sent;
    control.functions[i].succeeded = load.functions[i].succeeded;
    control.functions[i].slowdown_p99 = load.functions[i].slowdown_p99;
  }
  control.problems.insert(control.problems.end(), load.problems.begin(), load.problems.end());
}

json to_json(const LabResult& r) {
  json functions = json::array();
  for (const LabResult::Function& f : r.functions) {
    functions.push_back({{"function", f.name},
                         {"sent", f.sent},
                         {"succeeded", f.succeeded},
                         {"cold_starts", f.cold_starts},
                         {"slowdown_p99", or_null(f.slowdown_p99)}});
  }
  return {{"schema", "faastax.lab.v1"},
          {"runtime", r.runtime},
          {"policy", r.policy},
          {"interrupted", r.interrupted},
          {"seconds", r.seconds},
          {"requests", {{"sent", r.sent}, {"succeeded", r.succeeded}, {"failed", r.failed}}},
          {"cold_starts", r.cold_starts},
          {"requests_waited", r.requests_waited},
          {"emergency_requests", r.emergency_requests},
          {"slow_starts", r.slow_starts},
          {"scheduled", r.scheduled},
          {"decisions", r.decisions},
          {"scheduling_delay_seconds",
           {{"p50", or_null(r.delay_p50)},
            {"p99", or_null(r.delay_p99)},
            {"waited_p50", or_null(r.waited_p50)},
            {"waited_p99", or_null(r.waited_p99)}}},
          {"instances",
           {{"started", r.instances_started},
            {"emergency", r.emergency_instances},
            {"stopped", r.instances_stopped},
            {"failed", r.instances_failed},
            {"peak", r.instances_peak}}},
          {"slowdown", or_null(r.slowdown)},
          {"cold_start_seconds", {{"p50", or_null(r.cold_start_p50)}, {"p99", or_null(r.cold_start_p99)}}},
          {"late_seconds", {{"p99", or_null(r.late_p99)}}},
          {"functions", functions},
          {"events",
           {{"told", r.events.told},
            {"stored", r.events.stored},
            {"lost", r.events.lost},
            {"lost_to_file", r.events.lost_to_file}}},
          {"problems", r.problems}};
}

LabResult result_from_json(const json& j) {
  LabResult r;
  r.runtime = j.at("runtime");
  r.policy = j.at("policy");
  r.interrupted = j.at("interrupted");
  r.seconds = j.at("seconds");
  r.sent = j.at("requests").at("sent");
  r.succeeded = j.at("requests").at("succeeded");
  r.failed = j.at("requests").at("failed");
  r.cold_starts = j.at("cold_starts");
  r.requests_waited = j.at("requests_waited");
  r.emergency_requests = j.at("emergency_requests");
  r.slow_starts = j.at("slow_starts");
  r.scheduled = j.at("scheduled");
  r.decisions = j.at("decisions");
  const json& delays = j.at("scheduling_delay_seconds");
  r.delay_p50 = number_at(delays, "p50");
  r.delay_p99 = number_at(delays, "p99");
  r.waited_p50 = number_at(delays, "waited_p50");
  r.waited_p99 = number_at(delays, "waited_p99");
  r.instances_started = j.at("instances").at("started");
  r.emergency_instances = j.at("instances").at("emergency");
  r.instances_stopped = j.at("instances").at("stopped");
  r.instances_failed = j.at("instances").at("failed");
  r.instances_peak = j.at("instances").at("peak");
  r.slowdown = number_at(j, "slowdown");
  r.cold_start_p50 = number_at(j.at("cold_start_seconds"), "p50");
  r.cold_start_p99 = number_at(j.at("cold_start_seconds"), "p99");
  r.late_p99 = number_at(j.at("late_seconds"), "p99");
  for (const json& f : j.at("functions")) {
    r.functions.push_back({f.at("function"), f.at("sent"), f.at("succeeded"), f.at("cold_starts"),
                           number_at(f, "slowdown_p99")});
  }
  const json& events = j.at("events");
  r.events = {events.at("told"), events.at("stored"), events.at("lost"), events.at("lost_to_file")};
  r.problems = j.at("problems").get<std::vector<std::string>>();
  return r;
}

json to_json(const LabProgress& p) {
  return {{"seconds", p.seconds},
          {"total_seconds", p.total_seconds},
          {"sent", p.sent},
          {"total", p.total},
          {"done", p.done},
          {"failed", p.failed},
          {"cold_starts", p.cold_starts},
          {"instances", p.instances}};
}

LabProgress progress_from_json(const json& j) {
  return {j.at("seconds"), j.at("total_seconds"), j.at("sent"),        j.at("total"),
          j.at("done"),    j.at("failed"),        j.at("cold_starts"), j.at("instances")};
}

}  // namespace faastax::lab
