// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/percentiles.hpp"
#include "ledger/scaling_report.hpp"
#include "ledger/types.hpp"

/// What one window cost, as `faastax.report.v1` has it. Pure data; report_json.hpp and report_text.hpp
/// print it.
namespace faastax::ledger {

/// CPU of one activity. `seconds` includes `inferred_seconds`. Cycles are absent without a source.
struct ActivityCpu {
  double seconds = 0;
  double inferred_seconds = 0;
  std::optional<double> cycles = {};
  std::optional<double> instructions = {};
};

struct ComponentCpu {
  std::string component;  ///< its name, or kNode and its like (totals.hpp)
  Activity activity = Activity::kOther;
  double seconds = 0;
  double inferred_seconds = 0;
};

/// Samples of more than `above` and at most `le` seconds; `le` may be infinite.
struct DurationBucket {
  double above = 0;
  double le = 0;
  std::uint64_t count = 0;
};

struct MemoryByState {
  ByteSeconds byte_seconds{};
  double overhead_byte_seconds = 0;
};

/// (create + init + teardown) / handle and its kin (README: Ratios). Absent at a zero denominator.
struct Ratios {
  std::optional<double> churn;
  std::optional<double> overhead;
  std::optional<double> memory;
};

/// Requests of one function or instance.
struct RequestCounts {
  std::optional<std::uint64_t> completed = 0;  ///< absent where they cannot be seen
  std::uint64_t inferred = 0;                  ///< of these, known by byte edges alone (TLS)
  std::uint64_t aborted = 0;
  std::uint64_t probes = 0;          ///< health probes, which are no requests
  std::uint32_t in_flight_peak = 0;  ///< most that one instance had open at once, since attach
};

struct FunctionReport {
  std::string space;  ///< namespace
  std::string function;
  Track track = Track::kUnknown;
  std::uint64_t started = 0;
  RequestCounts requests;
  std::array<double, kActivities> cpu_seconds{};  ///< of instances and of what served them
  double inferred_seconds = 0;
  std::optional<double> cycles = {};
  ByteSeconds memory_byte_seconds{};
  std::optional<double> churn_ratio;
  Percentiles request_seconds;
  std::optional<double> instructions = {};
};

struct InstanceReport {
  std::string uid;
  std::string sandbox;
  std::string function;
  Track track = Track::kUnknown;
  std::string kind;                               ///< "server" or "job"
  double own_seconds = 0;                         ///< with carved_seconds, what its cgroup's cpu.stat says
  std::array<double, kActivities> cpu_seconds{};  ///< own and served
  RequestCounts requests;
  std::optional<double> cold_start_seconds;
  ByteSeconds memory_byte_seconds{};
  std::uint64_t memory_peak_bytes = 0;
  std::string ended;          ///< "exit:0", "signal:9", "oom", "create_failed" or empty while it lives
  double carved_seconds = 0;  ///< of interrupts, which are owners of their own when that is switched on
  std::optional<double> cycles = {};  ///< own and served
  std::optional<double> instructions = {};
  std::string space = {};  ///< namespace
  bool live_at_start = false;
};

/// What was booked in one stretch of the window.
struct TimelinePoint {
  double start_seconds = 0;  ///< since the window's start
  double seconds = 0;
  std::array<double, kActivities> cpu_seconds{};
  double idle_seconds = 0;
  ByteSeconds memory_byte_seconds{};
  double overhead_byte_seconds = 0;
  std::optional<std::uint64_t> started = {};    ///< instances; absent where the source does not say when
  std::optional<std::uint64_t> completed = {};  ///< requests; the same
};

struct NodeInfo {
  std::string name;
  std::string kernel;
  unsigned cpus = 0;
  std::string cgroup;  ///< "v2" or "hybrid"
  std::string cycle_source = "none";
  std::map<std::string, std::string> runtime_versions;
};

struct ProgramCost {
  std::string name;
  std::uint64_t runs = 0;
  double ns_per_run = 0;
};

/// How daemons' work was divided among sandboxes at the window's end.
struct Apportioning {
  ApportioningState state = ApportioningState::kLearning;
  /// By component: what it uses while nothing is made or removed.
  std::map<std::string, double> baseline_cpus;
};

/// Why nothing is divided; empty while it is.
constexpr std::string_view reason_of(ApportioningState state) {
  switch (state) {
    case ApportioningState::kLearning:
      return "no quiet moment yet, so nothing that daemons did is booked to sandboxes";
    case ApportioningState::kOff:
      return "no quiet moment within 10 minutes, so nothing that daemons did is booked to sandboxes";
    case ApportioningState::kActive:
    case ApportioningState::kUnknown:
      break;
  }
  return {};
}

struct Report {
  std::string window_start;  ///< RFC 3339 with milliseconds
  double window_seconds = 0;
  NodeInfo node;

  double wall_cpu_seconds = 0;  ///< wall time × online CPUs
  double idle_seconds = 0;
  double steal_seconds = 0;
  double busy_seconds = 0;  ///< Σ cells + unsettled
  double unsettled_seconds = 0;
  double residual_seconds = 0;
  std::optional<double> carved_seconds;  ///< of busy, what interrupts took of tasks; absent where unknown
  std::array<ActivityCpu, kActivities> by_activity{};
  std::optional<std::uint64_t> idle_cycles;       ///< of the time that counters ran; absent without a source
  std::optional<std::uint64_t> refused_readings;  ///< of counters that shared their hardware with others
  std::vector<ComponentCpu> by_component;         ///< largest first
  Apportioning apportioning;

  MemoryByState memory;
  double reserved_byte_seconds = 0;
  std::optional<std::uint64_t> dying_cgroups;
  Ratios ratios;

  std::uint64_t live_at_start = 0;
  std::uint64_t started = 0;
  std::uint64_t stopped = 0;
  std::uint64_t live_at_end = 0;
  std::uint64_t create_failed = 0;
  std::uint64_t served_none = 0;
  Percentiles cold_start_seconds;
  std::vector<DurationBucket> cold_start_buckets;  ///< those with a sample, shortest first

  std::uint64_t requests_completed = 0;
  std::uint64_t requests_inferred = 0;  ///< of the completed, known by byte edges alone
  std::uint64_t requests_aborted = 0;
  Percentiles request_seconds;

  std::vector<TimelinePoint> timeline;  ///< without gaps; empty where only the window's ends are known

  std::vector<FunctionReport> functions;                 ///< by namespace, function, track
  std::optional<std::vector<InstanceReport>> instances;  ///< only when asked for

  double bpf_estimated_seconds = 0;
  std::vector<ProgramCost> programs;
  std::optional<ScalingReport> scaling;  ///< where a control plane told its decisions
  std::uint64_t lost_events = 0;
  std::uint64_t lost_records = 0;
};

}  // namespace faastax::ledger
