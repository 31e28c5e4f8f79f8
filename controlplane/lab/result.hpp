// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace faastax::lab {

/// A request that waits longer for its instance had a slow start, in seconds: above what an emergency
/// instance takes, below what a runtime takes for a sandbox.
inline constexpr double kSlowStart = 0.01;

/// What the load generator and the control plane saw. Seconds throughout.
struct LabResult {
  struct Function {
    std::string name;
    std::uint64_t sent = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t cold_starts = 0;
    std::optional<double> slowdown_p99;  ///< of response time / expected execution time
  };
  /// Scaling events, where any were wanted.
  struct Events {
    std::uint64_t told = 0;
    std::uint64_t stored = 0;        ///< that the collector acknowledged
    std::uint64_t lost = 0;          ///< that it did not take
    std::uint64_t lost_to_file = 0;  ///< that could not be written
  };

  std::string runtime;
  std::string policy;
  bool interrupted = false;
  double seconds = 0;      ///< from the end of the warm-up to the last sandbox's removal
  std::uint64_t sent = 0;  ///< succeeded + failed; these three and what did not start with the warm-up's
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t cold_starts = 0;         ///< requests that waited for an instance of their own to start
  std::uint64_t requests_waited = 0;     ///< those that found no free slot
  std::uint64_t emergency_requests = 0;  ///< served by emergency instances
  std::uint64_t slow_starts = 0;         ///< requests that waited kSlowStart or longer for an instance
  std::uint64_t scheduled = 0;           ///< requests that an instance got
  std::uint64_t decisions = 0;           ///< of scaling
  std::uint64_t instances_started = 0;
  std::uint64_t emergency_instances = 0;  ///< of these
  std::uint64_t instances_stopped = 0;
  std::uint64_t instances_failed = 0;  ///< those that did not start
  std::uint64_t instances_peak = 0;
  std::optional<double>
      slowdown;  ///< geometric mean over functions of slowdown_p99 (PulseNet, arXiv 2505.24551)
  std::optional<double> cold_start_p50;  ///< from the decision to start to a connection into the sandbox
  std::optional<double> cold_start_p99;
  std::optional<double> delay_p50;  ///< scheduling delay: from the gateway's reading it until it is sent
  std::optional<double> delay_p99;
  std::optional<double> waited_p50;  ///< the same, of the requests that found no free slot
  std::optional<double> waited_p99;
  std::optional<double> late_p99;  ///< from a request's time in the plan until the load generator sent it
  std::vector<Function> functions;
  Events events;
  std::vector<std::string> problems;  ///< the first few things that went wrong, each once
};

/// How far a run is.
struct LabProgress {
  double seconds = 0;
  double total_seconds = 0;  ///< of arrivals
  std::uint64_t sent = 0;
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t cold_starts = 0;
  std::uint64_t instances = 0;
};

/// Adds what the load generator saw to what the control plane saw.
void add_load(LabResult& control, const LabResult& load);

/// The sample at or above `percent` of the others (nearest rank); absent when there is none.
std::optional<double> percentile(std::vector<double> samples, double percent);

/// Absent for no values.
std::optional<double> geometric_mean(const std::vector<double>& values);

/// "faastax.lab.v1"; what has no sample is null.
nlohmann::json to_json(const LabResult& result);
LabResult result_from_json(const nlohmann::json& json);
nlohmann::json to_json(const LabProgress& progress);
LabProgress progress_from_json(const nlohmann::json& json);

}  // namespace faastax::lab
