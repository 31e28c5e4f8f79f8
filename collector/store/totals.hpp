// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "collector/store/histogram.hpp"
#include "ledger/types.hpp"

namespace faastax::v1 {
class InstanceRecord;
class NodeLedger;
}  // namespace faastax::v1

/// Sums of records. All of it is signed and additive: totals of disjoint records add up, and an earlier
/// snapshot can be taken off.
namespace faastax::store {

using ByEvidence = std::array<std::int64_t, ledger::kEvidences>;
using CpuCells = std::array<ByEvidence, ledger::kActivities>;

struct CpuSums {
  CpuCells ns{};
  CpuCells cycles{};
  CpuCells instructions{};

  void add(const CpuSums& other, int sign = 1);
  bool operator==(const CpuSums&) const = default;
};
/// Adds nanoseconds, cycles or instructions; what would go beyond either end of the numbers stays there.
inline void add_use(std::int64_t& into, std::int64_t amount) {
  using Limits = std::numeric_limits<std::int64_t>;
  std::int64_t sum = 0;
  const bool beyond = __builtin_add_overflow(into, amount, &sum);
  into = !beyond ? sum : amount < 0 ? Limits::lowest() + 1 : Limits::max();
}
std::int64_t sum(const CpuCells& cells);

/// Of the instances of a window. CPU, requests and memory of a snapshot are booked, less what the snapshot
/// before had, at the time that it was taken; the counts of starts and ends with the first and last one.
struct InstanceTotals {
  std::int64_t instances = 0;  ///< that were first seen
  std::int64_t started = 0;    ///< of these, not there before their agent
  std::int64_t ended = 0;
  std::int64_t create_failed = 0;  ///< of the ended
  std::int64_t served_none = 0;    ///< of the ended: servers whose requests are seen, and there was none
  std::int64_t uncounted = 0;      ///< whose requests cannot be seen

  CpuSums own;     ///< of their cgroups
  CpuSums served;  ///< of components on their behalf

  std::int64_t requests_completed = 0;
  std::int64_t requests_inferred = 0;  ///< of the completed, known by byte edges alone
  std::int64_t requests_aborted = 0;
  std::int64_t probes = 0;
  std::array<double, ledger::kInstanceStates> memory_byte_seconds{};
  std::int64_t memory_peak_bytes = 0;  ///< the most that one had
  std::int64_t in_flight_peak = 0;     ///< the most that one had
  Histogram cold_start_seconds;        ///< created → ready, of the started
  Histogram request_seconds;

  void add(const InstanceTotals& other, int sign = 1);
  /// Back to nothing; histograms keep their memory.
  void clear();
};

enum class OwnerKind : std::uint8_t { kInstance, kComponent, kNode };

/// Whose CPU it was.
struct Owner {
  OwnerKind kind = OwnerKind::kNode;
  std::string component;  ///< of a component; of the node "unattributed", "overbooked" or empty
  auto operator<=>(const Owner&) const = default;
};

/// What a node is, as its latest ledger says.
struct NodeDescription {
  std::int64_t time_ns = 0;  ///< end of that ledger's period; 0: none
  std::string kernel;
  std::uint32_t cpus = 0;
  std::string cgroup;
  std::string cycle_source;
  std::map<std::string, std::string> runtime_versions;
  std::optional<std::uint64_t> live_instances;  ///< at that time; absent: its agent does not say
};

/// Of the node ledgers of a window: Σ cpu + unsettled + idle + steal + residual = wall.
struct LedgerTotals {
  std::int64_t ledgers = 0;
  std::int64_t covered_ns = 0;  ///< Σ of the periods' lengths
  std::int64_t wall_ns = 0;     ///< wall time × online CPUs
  std::int64_t idle_ns = 0;
  std::int64_t steal_ns = 0;
  std::int64_t unsettled_ns = 0;
  std::int64_t residual_ns = 0;
  std::array<double, ledger::kInstanceStates> memory_byte_seconds{};
  double overhead_byte_seconds = 0;
  double reserved_byte_seconds = 0;
  double bpf_estimated_seconds = 0;
  std::int64_t lost_events = 0;
  std::int64_t lost_records = 0;
  std::map<Owner, CpuSums> cpu;
  NodeDescription latest;  ///< by node alone

  void add(const LedgerTotals& other, int sign = 1);
  /// Over all owners.
  CpuSums by_activity() const;
};

/// Adds `sign` (1 or -1) times what the record says.
void add(InstanceTotals& totals, const v1::InstanceRecord& record, int sign = 1);
void add(LedgerTotals& totals, const v1::NodeLedger& ledger);

}  // namespace faastax::store
