// SPDX-License-Identifier: Apache-2.0
#include "agent/export/readings.hpp"

#include <algorithm>
#include <array>

#include "agent/export/label_text.hpp"

namespace faastax::exporting {
namespace {

using ledger::kActivities;
using ledger::kEvidences;
using ledger::kInstanceStates;

constexpr std::array<std::string_view, 2> kOutcomes = {"completed", "aborted"};
constexpr std::array<std::string_view, 2> kDeliveries = {"stored", "refused"};
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kRefused = 1;
constexpr std::uint16_t kCompleted = 0;
constexpr std::uint16_t kAborted = 1;
constexpr std::uint16_t kOverhead = kInstanceStates;  ///< the memory state that follows the instances'

enum class Zeros : std::uint8_t { kKept, kDropped };

std::uint16_t index16(std::size_t index) { return static_cast<std::uint16_t>(index); }

template <typename Number>
void put(std::vector<Reading>& to, SeriesKey key, Number value, Zeros zeros) {
  if (value == Number{} && zeros == Zeros::kDropped) return;
  to.emplace_back(key, static_cast<double>(value));
}

void read_cells(const ledger::CpuByActivity::Cells& cells, Family family, Zeros zeros, Readings& to) {
  for (std::size_t activity = 0; activity < kActivities; ++activity) {
    for (std::size_t evidence = 0; evidence < kEvidences; ++evidence) {
      put(to.counters, {family, index16(activity), index16(evidence)}, cells[activity][evidence], zeros);
    }
  }
}

template <typename Number>
void read_states(const std::array<Number, kInstanceStates>& by_state, Family family, Zeros zeros,
                 std::vector<Reading>& to) {
  for (std::size_t state = 0; state < kInstanceStates; ++state) {
    put(to, {family, index16(state)}, by_state[state], zeros);
  }
}

void read_delivery(const Delivery& delivery, Readings& to) {
  using enum Family;
  put(to.counters, {kRecords, kStored}, delivery.stored, Zeros::kKept);
  put(to.counters, {kRecords, kRefused}, delivery.refused, Zeros::kKept);
  put(to.gauges, {kSpoolRecords}, delivery.waiting, Zeros::kKept);
  put(to.gauges, {kSpoolBytes}, delivery.spool_bytes, Zeros::kKept);
  put(to.gauges, {kCollectorUp}, delivery.connected ? 1 : 0, Zeros::kKept);
}

}  // namespace

std::uint16_t Names::id_of(std::string_view name) {
  const auto text = label_text(name);
  if (const auto at = std::ranges::find(names_, text); at != names_.end()) {
    return index16(static_cast<std::size_t>(at - names_.begin()));
  }
  if (names_.size() == kMax) names_.emplace_back("_overflow");
  if (names_.size() > kMax) return kMax;
  names_.push_back(text);
  return index16(names_.size() - 1);
}

Readings read_node(const ledger::Totals& totals, const Intake& intake, Names& names) {
  using enum Family;
  Readings r;
  constexpr auto kKept = Zeros::kKept;
  read_cells(totals.cpu.ns, kCpu, kKept, r);
  if (totals.counting.on()) read_cells(totals.cpu.cycles, kCycles, kKept, r);
  put(r.gauges, {kOnlineCpus}, std::uint64_t{totals.cpus}, kKept);
  put(r.counters, {kIdleCpu}, totals.idle, kKept);
  put(r.counters, {kStealCpu}, totals.steal, kKept);
  put(r.gauges, {kResidualCpu}, totals.residual, kKept);
  put(r.gauges, {kUnsettledCpu}, totals.unsettled, kKept);
  read_states(totals.memory_byte_seconds, kMemoryByteSeconds, kKept, r.counters);
  put(r.counters, {kMemoryByteSeconds, kOverhead}, totals.overhead_byte_seconds, kKept);
  read_states(totals.memory_bytes, kMemoryBytes, kKept, r.gauges);
  put(r.gauges, {kMemoryBytes, kOverhead}, totals.overhead_bytes, kKept);
  put(r.gauges, {kMemoryReserved}, totals.reserved_bytes, kKept);
  if (totals.dying_cgroups) put(r.gauges, {kDyingCgroups}, *totals.dying_cgroups, kKept);
  for (const auto& program : totals.programs) {
    const auto id = names.id_of(program.name);
    put(r.counters, {kBpfRuns, id}, program.runs, kKept);
    put(r.counters, {kBpfSeconds, id}, static_cast<double>(program.runs) * program.ns_per_run, kKept);
  }
  put(r.counters, {kEdges}, intake.edges, kKept);
  for (const auto& [kind, lost] : intake.losses) put(r.counters, {kLost, names.id_of(kind)}, lost, kKept);
  if (intake.delivery) read_delivery(*intake.delivery, r);
  return r;
}

Readings read_component(const ledger::CpuByActivity& cpu) {
  Readings r;
  read_cells(cpu.ns, Family::kComponentCpu, Zeros::kDropped, r);
  return r;
}

Readings read_function(const ledger::FunctionTotals& totals, Names& names) {
  using enum Family;
  Readings r;
  constexpr auto kDropped = Zeros::kDropped;
  read_cells(totals.cpu.ns, kFunctionCpu, kDropped, r);
  read_cells(totals.cpu.cycles, kFunctionCycles, kDropped, r);
  put(r.counters, {kInstanceStarts}, totals.started, kDropped);
  for (const auto& [reason, ended] : totals.ended) {
    put(r.counters, {kInstanceEnds, names.id_of(reason)}, ended, kDropped);
  }
  put(r.counters, {kServedNone}, totals.served_none, kDropped);
  put(r.counters, {kRequests, kCompleted}, totals.completed, kDropped);
  put(r.counters, {kRequests, kAborted}, totals.aborted, kDropped);
  read_states(totals.memory_byte_seconds, kFunctionMemoryByteSeconds, kDropped, r.counters);
  read_states(totals.instances, kInstances, kDropped, r.gauges);
  return r;
}

HistogramValue read_histogram(const ledger::Distribution& distribution, Family family) {
  HistogramValue value{.at_most = {}, .count = distribution.count(), .sum = distribution.sum()};
  const auto bounds = bucket_bounds(family);
  for (std::size_t i = 0; i < bounds.size(); ++i) value.at_most[i] = distribution.count_at_most(bounds[i]);
  return value;
}

std::string_view label_value(Dimension dimension, std::uint16_t index, const Names& names) {
  switch (dimension) {
    case Dimension::kNone:
      return "";
    case Dimension::kActivity:
      return ledger::kActivityNames[index];
    case Dimension::kEvidence:
      return ledger::kEvidenceNames[index];
    case Dimension::kMemoryState:
      if (index == kOverhead) return "overhead";
      [[fallthrough]];
    case Dimension::kInstanceState:
      return ledger::kInstanceStateNames[index];
    case Dimension::kOutcome:
      return kOutcomes[index];
    case Dimension::kDelivery:
      return kDeliveries[index];
    case Dimension::kReason:
    case Dimension::kProgram:
    case Dimension::kKind:
      return names.at(index);
  }
  return "";
}

}  // namespace faastax::exporting
