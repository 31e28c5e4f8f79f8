// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/distribution.hpp"
#include "ledger/report.hpp"
#include "ledger/types.hpp"

/// The ledger's books since attach: what only grows, and the gauges of this moment. The exporter turns
/// them into metrics, the report takes the difference over its window.
namespace faastax::ledger {

struct FunctionName {
  std::string space;  ///< namespace
  std::string function;
  Track track = Track::kUnknown;
  auto operator<=>(const FunctionName&) const = default;
};

/// Nanoseconds by activity and evidence.
struct CpuByActivity {
  std::array<std::array<Nanoseconds, kEvidences>, kActivities> ns{};

  void add(Activity activity, Evidence evidence, Nanoseconds amount) {
    ns[index_of(activity)][index_of(evidence)] += amount;
  }
  Nanoseconds of(Activity activity) const {
    const auto& by_evidence = ns[index_of(activity)];
    return by_evidence[0] + by_evidence[1];
  }
  Nanoseconds total() const {
    Nanoseconds sum = 0;
    for (const auto& by_evidence : ns) sum += by_evidence[0] + by_evidence[1];
    return sum;
  }
};

struct FunctionTotals {
  CpuByActivity cpu;
  std::uint64_t started = 0;
  std::map<std::string, std::uint64_t> ended;  ///< by reason: exit, signal, oom, create_failed
  std::uint64_t served_none = 0;
  std::uint64_t completed = 0;
  std::uint64_t inferred_requests = 0;  ///< of these, known by byte edges alone
  std::uint64_t aborted = 0;
  std::uint64_t probes = 0;
  std::uint64_t uncounted = 0;       ///< instances whose requests cannot be seen
  std::uint32_t in_flight_peak = 0;  ///< most that one of its instances had open at once
  Distribution request_seconds;
  Distribution cold_start_seconds;
  ByteSeconds memory_byte_seconds{};
  std::array<std::uint64_t, kInstanceStates> instances{};  ///< gauge: live now, by state
  Nanoseconds changed = 0;                                 ///< last booking
};

struct Totals {
  CpuByActivity cpu;                                ///< the whole node: Σ over components, instances and node
  std::map<std::string, CpuByActivity> components;  ///< by name, with "node" and "unattributed"
  std::map<FunctionName, FunctionTotals> functions;

  Nanoseconds wall = 0;  ///< Σ over CPUs since attach
  Nanoseconds idle = 0;
  std::int64_t steal = 0;
  Nanoseconds unsettled = 0;  ///< gauge
  std::int64_t residual = 0;  ///< gauge: wall - (cells + unsettled + idle + steal)
  Apportioning apportioning;  ///< gauge

  ByteSeconds memory_byte_seconds{};
  double overhead_byte_seconds = 0;
  double reserved_byte_seconds = 0;
  std::array<std::uint64_t, kInstanceStates> memory_bytes{};  ///< gauge
  std::uint64_t overhead_bytes = 0;                           ///< gauge
  std::uint64_t reserved_bytes = 0;                           ///< gauge: limits of live instances
  std::optional<std::uint64_t> dying_cgroups;                 ///< gauge; absent where unreadable

  std::uint64_t live_at_attach = 0;
  std::uint64_t started = 0;
  std::uint64_t stopped = 0;  ///< instances whose cgroup is gone
  std::uint64_t create_failed = 0;
  std::vector<ProgramCost> programs;
  std::uint64_t lost_events = 0;
  std::uint64_t lost_records = 0;
};

}  // namespace faastax::ledger
