// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "collector/store/totals.hpp"
#include "proto/records.pb.h"

namespace faastax::store {
namespace {

/// A record's numbers are unsigned 64-bit ones; a nonsensical one must not overflow a sum.
std::int64_t bounded(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / 1024;
  return static_cast<std::int64_t>(std::min(value, kMost));
}

/// Of CPU time and the like, of which an instance on many CPUs has much in a year: 18 years of one CPU. Such
/// sums stop at their ends.
std::int64_t bounded_use(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / 16;
  return static_cast<std::int64_t>(std::min(value, kMost));
}

/// Of what may be below 0. A name of its own: as bounded() a negative one would become the largest there is.
std::int64_t bounded_signed(std::int64_t value) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1024;
  return std::clamp(value, -kMost, kMost);
}

/// What is no number would make every sum it enters one as well.
double finite(double value) { return std::isfinite(value) ? value : 0; }

void add_usage(CpuSums& sums, const v1::Usage& usage, int sign) {
  const int activity = usage.activity() - 1;
  const std::size_t a = activity < 0 || activity >= static_cast<int>(ledger::kActivities)
                            ? ledger::index_of(ledger::Activity::kOther)
                            : static_cast<std::size_t>(activity);
  const std::size_t e = usage.inferred() ? 1 : 0;
  add_use(sums.ns[a][e], sign * bounded_use(usage.nanoseconds()));
  add_use(sums.cycles[a][e], sign * bounded_use(usage.cycles()));
  add_use(sums.instructions[a][e], sign * bounded_use(usage.instructions()));
}

void add_memory(std::array<double, ledger::kInstanceStates>& sums, const v1::MemoryByState& memory,
                int sign) {
  sums[ledger::index_of(ledger::InstanceState::kStarting)] += sign * finite(memory.starting());
  sums[ledger::index_of(ledger::InstanceState::kIdle)] += sign * finite(memory.idle());
  sums[ledger::index_of(ledger::InstanceState::kBusy)] += sign * finite(memory.busy());
  sums[ledger::index_of(ledger::InstanceState::kStopping)] += sign * finite(memory.stopping());
}

void add_requests(InstanceTotals& totals, const v1::InstanceRecord& record, int sign) {
  totals.uncounted += record.has_requests_completed() ? 0 : sign;
  totals.requests_completed += sign * bounded(record.requests_completed());
  totals.requests_inferred += sign * bounded(record.requests_inferred());
  totals.requests_aborted += sign * bounded(record.requests_aborted());
  totals.probes += sign * bounded(record.probes());
  for (const v1::Histogram::Bucket& bucket : record.request_seconds().buckets()) {
    totals.request_seconds.add(bucket.index(), sign * bounded(bucket.count()));
  }
  totals.request_seconds.add_sum(sign * finite(record.request_seconds().sum_seconds()));
}

/// As the ledger counts: what was there before the agent did not start, and had no cold start.
void add_life(InstanceTotals& totals, const v1::InstanceRecord& record, int sign) {
  const bool started = !record.live_at_start();
  totals.instances += sign;
  totals.started += started ? sign : 0;
  if (started && record.has_ready() && (record.has_created() || record.has_executed())) {
    const std::int64_t since = record.has_created() ? record.created() : record.executed();
    totals.cold_start_seconds.add_seconds(static_cast<double>(record.ready() - since) * 1e-9, sign);
  }
  if (record.ended().empty()) return;
  totals.ended += sign;
  totals.create_failed += record.ended() == "create_failed" ? sign : 0;
  const bool counts = started && record.kind() == v1::KIND_SERVER && record.has_requests_completed();
  totals.served_none += counts && record.requests_completed() == 0 ? sign : 0;
}

Owner owner_of(const v1::NodeLedger::Cell& cell) {
  switch (cell.owner()) {
    case v1::OWNER_KIND_INSTANCE:
      return {OwnerKind::kInstance, {}};
    case v1::OWNER_KIND_COMPONENT:
      return {OwnerKind::kComponent, cell.component()};
    default:
      return {OwnerKind::kNode, cell.component()};
  }
}

NodeDescription description_of(const v1::NodeLedger& ledger) {
  return {
      .time_ns = ledger.end(),
      .kernel = ledger.kernel(),
      .cpus = ledger.cpus(),
      .cgroup = ledger.cgroup(),
      .cycle_source = ledger.cycle_source(),
      .runtime_versions = {ledger.runtime_versions().begin(), ledger.runtime_versions().end()},
      .live_instances = ledger.has_live_instances() ? std::optional(ledger.live_instances()) : std::nullopt};
}

}  // namespace

void add(InstanceTotals& totals, const v1::InstanceRecord& record, int sign) {
  add_life(totals, record, sign);
  for (const v1::Usage& usage : record.own()) add_usage(totals.own, usage, sign);
  for (const v1::Usage& usage : record.served()) add_usage(totals.served, usage, sign);
  add_requests(totals, record, sign);
  add_memory(totals.memory_byte_seconds, record.memory_byte_seconds(), sign);
  if (sign < 0) return;  // the largest of all cannot be taken off, nor does it need to: it only grows
  totals.memory_peak_bytes = std::max(totals.memory_peak_bytes, bounded(record.memory_peak_bytes()));
  totals.in_flight_peak = std::max<std::int64_t>(totals.in_flight_peak, record.in_flight_peak());
}

void add(LedgerTotals& totals, const v1::NodeLedger& ledger) {
  totals.ledgers += 1;
  totals.covered_ns += bounded_signed(std::max<std::int64_t>(0, ledger.end() - ledger.start()));
  totals.wall_ns += bounded(ledger.wall_nanoseconds());
  totals.idle_ns += bounded(ledger.idle_nanoseconds());
  totals.steal_ns += bounded_signed(ledger.steal_nanoseconds());
  totals.unsettled_ns += bounded_signed(ledger.unsettled_nanoseconds());
  totals.residual_ns += bounded_signed(ledger.residual_nanoseconds());
  add_memory(totals.memory_byte_seconds, ledger.memory_byte_seconds(), 1);
  totals.overhead_byte_seconds += finite(ledger.overhead_byte_seconds());
  totals.reserved_byte_seconds += finite(ledger.reserved_byte_seconds());
  totals.bpf_estimated_seconds += finite(ledger.bpf_estimated_seconds());
  totals.lost_events += bounded(ledger.lost_events());
  totals.lost_records += bounded(ledger.lost_records());
  for (const v1::NodeLedger::Cell& cell : ledger.cells()) {
    add_usage(totals.cpu[owner_of(cell)], cell.usage(), 1);
  }
  if (ledger.end() > totals.latest.time_ns) totals.latest = description_of(ledger);
}

}  // namespace faastax::store
