// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
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

/// The owners that are no program's.
constexpr const char* kNode = "node";                  ///< whatever has no other owner
constexpr const char* kUnattributed = "unattributed";  ///< what found no room in a table
constexpr const char* kOverbooked = "overbooked";      ///< estimated for instances, and not used by them

struct FunctionName {
  std::string space;  ///< namespace
  std::string function;
  Track track = Track::kUnknown;
  auto operator<=>(const FunctionName&) const = default;
};

/// CPU by activity and evidence: time, and beside it what hardware counters say, 0 where none count.
struct CpuByActivity {
  using Cells = std::array<std::array<std::uint64_t, kEvidences>, kActivities>;
  Cells ns{};
  Cells cycles{};
  Cells instructions{};

  void add(Activity activity, Evidence evidence, const Amount& amount) {
    const std::size_t a = index_of(activity);
    const std::size_t e = index_of(evidence);
    ns[a][e] += amount.ns;
    cycles[a][e] += amount.cycles;
    instructions[a][e] += amount.instructions;
  }
  void add(const CpuByActivity& other);

  Amount at(std::size_t activity, std::size_t evidence) const {
    return {ns[activity][evidence], cycles[activity][evidence], instructions[activity][evidence]};
  }

  /// What has been booked since `before`.
  CpuByActivity since(const CpuByActivity& before) const;

  Nanoseconds of(Activity activity) const { return sum(ns[index_of(activity)]); }
  Nanoseconds total() const { return sum(ns); }

  static std::uint64_t sum(const std::array<std::uint64_t, kEvidences>& by_evidence) {
    return by_evidence[0] + by_evidence[1];
  }
  static std::uint64_t sum(const Cells& cells) {
    std::uint64_t result = 0;
    for (const auto& by_evidence : cells) result += sum(by_evidence);
    return result;
  }
};

/// How hardware counters are read, and what of theirs is in no cell.
struct Counting {
  std::string source = "none";    ///< exact, sampled, derived or none
  bool instructions = false;      ///< whether they are counted as well
  std::uint64_t idle_cycles = 0;  ///< while CPUs idle, in the time that counters run
  std::uint64_t refused = 0;      ///< readings of a counter that shared its hardware with others

  bool on() const { return source != "none"; }
};

using CpuByComponent = std::map<std::string, CpuByActivity>;

/// What each component used from `before` to `after`, in which the node used `node`. What one window booked
/// to an instance and the next has as overbooked counts there so far as that window's cells have it: no
/// owner's part of a window is below 0.
CpuByComponent components_since(const CpuByComponent& before, const CpuByComponent& after,
                                const CpuByActivity& node);

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
  CpuByActivity cpu;          ///< the whole node: Σ over components, instances and node
  CpuByComponent components;  ///< by name, with kNode and its like
  std::map<FunctionName, FunctionTotals> functions;

  std::uint32_t cpus = 0;  ///< gauge: online now
  Nanoseconds wall = 0;    ///< Σ over CPUs since attach
  Nanoseconds idle = 0;
  std::int64_t steal = 0;
  Nanoseconds carved = 0;     ///< that interrupts took of tasks; their own components have it
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
  Counting counting;  ///< how cycles were counted, if they were
  std::vector<ProgramCost> programs;
  std::uint64_t lost_events = 0;
  std::uint64_t lost_records = 0;
};

}  // namespace faastax::ledger
