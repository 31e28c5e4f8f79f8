// SPDX-License-Identifier: Apache-2.0
#include "collector/store/totals.hpp"

#include <algorithm>
#include <utility>

namespace faastax::store {
namespace {

void add_cells(CpuCells& into, const CpuCells& other, int sign) {
  for (std::size_t a = 0; a < into.size(); ++a) {
    for (std::size_t e = 0; e < into[a].size(); ++e) add_use(into[a][e], sign * other[a][e]);
  }
}

template <typename Array>
void add_states(Array& into, const Array& other, int sign) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += sign * other[i];
}

}  // namespace

std::int64_t sum(const CpuCells& cells) {
  std::int64_t result = 0;
  for (const ByEvidence& of_activity : cells) {
    for (const std::int64_t value : of_activity) add_use(result, value);
  }
  return result;
}

void CpuSums::add(const CpuSums& other, int sign) {
  add_cells(ns, other.ns, sign);
  add_cells(cycles, other.cycles, sign);
  add_cells(instructions, other.instructions, sign);
}

void InstanceTotals::add(const InstanceTotals& other, int sign) {
  instances += sign * other.instances;
  started += sign * other.started;
  ended += sign * other.ended;
  create_failed += sign * other.create_failed;
  served_none += sign * other.served_none;
  uncounted += sign * other.uncounted;
  own.add(other.own, sign);
  served.add(other.served, sign);
  requests_completed += sign * other.requests_completed;
  requests_inferred += sign * other.requests_inferred;
  requests_aborted += sign * other.requests_aborted;
  probes += sign * other.probes;
  add_states(memory_byte_seconds, other.memory_byte_seconds, sign);
  memory_peak_bytes = std::max(memory_peak_bytes, other.memory_peak_bytes);
  in_flight_peak = std::max(in_flight_peak, other.in_flight_peak);
  cold_start_seconds.merge(other.cold_start_seconds, sign);
  request_seconds.merge(other.request_seconds, sign);
}

void InstanceTotals::clear() {
  cold_start_seconds.clear();
  request_seconds.clear();
  InstanceTotals none;
  std::swap(none.cold_start_seconds, cold_start_seconds);
  std::swap(none.request_seconds, request_seconds);
  *this = std::move(none);
}

void LedgerTotals::add(const LedgerTotals& other, int sign) {
  ledgers += sign * other.ledgers;
  covered_ns += sign * other.covered_ns;
  wall_ns += sign * other.wall_ns;
  idle_ns += sign * other.idle_ns;
  steal_ns += sign * other.steal_ns;
  unsettled_ns += sign * other.unsettled_ns;
  residual_ns += sign * other.residual_ns;
  add_states(memory_byte_seconds, other.memory_byte_seconds, sign);
  overhead_byte_seconds += sign * other.overhead_byte_seconds;
  reserved_byte_seconds += sign * other.reserved_byte_seconds;
  bpf_estimated_seconds += sign * other.bpf_estimated_seconds;
  lost_events += sign * other.lost_events;
  lost_records += sign * other.lost_records;
  for (const auto& [owner, sums] : other.cpu) cpu[owner].add(sums, sign);
  if (other.latest.time_ns > latest.time_ns) latest = other.latest;
}

CpuSums LedgerTotals::by_activity() const {
  CpuSums result;
  for (const auto& [owner, sums] : cpu) result.add(sums);
  return result;
}

}  // namespace faastax::store
