// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/tally.hpp"

#include <algorithm>

namespace faastax::lab {
namespace {
constexpr std::size_t kProblemsKept = 10;
}

Tally::Tally(const trace::Workload& workload) : slowdowns_(workload.functions.size()) {
  for (const trace::WorkloadFunction& function : workload.functions) {
    result_.functions.push_back({.name = function.name, .slowdown_p99 = std::nullopt});
  }
}

void Tally::begin_counting() {
  LabResult fresh;
  fresh.sent = result_.sent;
  fresh.succeeded = result_.succeeded;
  fresh.failed = result_.failed;
  fresh.instances_failed = result_.instances_failed;
  fresh.problems = std::move(result_.problems);
  fresh.functions = std::move(result_.functions);
  for (LabResult::Function& function : fresh.functions) function.cold_starts = 0;
  result_ = std::move(fresh);
  for (auto* samples : {&cold_start_seconds_, &delays_, &waited_delays_, &lateness_}) samples->clear();
}

void Tally::sent(std::size_t function, std::optional<double> late) {
  if (late) lateness_.push_back(*late);
  ++result_.sent;
  ++result_.functions[function].sent;
}

void Tally::cold_start(std::size_t function) {
  ++result_.cold_starts;
  ++result_.functions[function].cold_starts;
}

void Tally::succeeded_early(std::size_t function) {
  ++result_.succeeded;
  ++result_.functions[function].succeeded;
}

void Tally::succeeded(std::size_t function, double seconds, double exec_ms) {
  succeeded_early(function);
  slowdowns_[function].push_back(seconds * 1e3 / exec_ms);
}

void Tally::failed(const std::string& why) {
  ++result_.failed;
  problem("request: " + why);
}

void Tally::scheduled(double seconds, bool waited, policy::Track track) {
  delays_.push_back(seconds);
  if (seconds >= kSlowStart) ++result_.slow_starts;
  if (waited) waited_delays_.push_back(seconds);
  if (track == policy::Track::kEmergency) ++result_.emergency_requests;
}

void Tally::instance_ready(double seconds, policy::Track track) {
  ++result_.instances_started;
  if (track == policy::Track::kEmergency) ++result_.emergency_instances;
  cold_start_seconds_.push_back(seconds);
}

void Tally::instance_failed(const std::string& why) {
  ++result_.instances_failed;
  problem("start: " + why);
}

void Tally::instance_stopped() { ++result_.instances_stopped; }

void Tally::problem(const std::string& what) {
  auto& kept = result_.problems;
  if (kept.size() < kProblemsKept && std::ranges::find(kept, what) == kept.end()) kept.push_back(what);
}

void Tally::instances_now(std::size_t count) {
  result_.instances_peak = std::max<std::uint64_t>(result_.instances_peak, count);
}

LabResult Tally::result() const {
  LabResult result = result_;
  std::vector<double> p99s;
  for (std::size_t i = 0; i < slowdowns_.size(); ++i) {
    result.functions[i].slowdown_p99 = percentile(slowdowns_[i], 99);
    if (result.functions[i].slowdown_p99) p99s.push_back(*result.functions[i].slowdown_p99);
  }
  result.slowdown = geometric_mean(p99s);
  result.cold_start_p50 = percentile(cold_start_seconds_, 50);
  result.cold_start_p99 = percentile(cold_start_seconds_, 99);
  result.scheduled = delays_.size();
  result.late_p99 = percentile(lateness_, 99);
  result.requests_waited = waited_delays_.size();
  result.delay_p50 = percentile(delays_, 50);
  result.delay_p99 = percentile(delays_, 99);
  result.waited_p50 = percentile(waited_delays_, 50);
  result.waited_p99 = percentile(waited_delays_, 99);
  return result;
}

}  // namespace faastax::lab
