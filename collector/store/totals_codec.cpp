// SPDX-License-Identifier: Apache-2.0
#include "collector/store/totals_codec.hpp"

#include <algorithm>

#include "proto/rollup.pb.h"

namespace faastax::store {
namespace {

constexpr int kCells = static_cast<int>(ledger::kActivities * ledger::kEvidences);

void encode(const CpuCells& cells, google::protobuf::RepeatedField<std::int64_t>& into) {
  int used = 0;
  for (int i = 0; i < kCells; ++i) {
    if (cells[i / ledger::kEvidences][i % ledger::kEvidences] != 0) used = i + 1;
  }
  into.Reserve(used);
  for (int i = 0; i < used; ++i)
    into.AddAlreadyReserved(cells[i / ledger::kEvidences][i % ledger::kEvidences]);
}

void decode(const google::protobuf::RepeatedField<std::int64_t>& from, CpuCells& cells) {
  const int used = std::min(kCells, from.size());
  for (int i = 0; i < used; ++i) cells[i / ledger::kEvidences][i % ledger::kEvidences] = from[i];
}

void encode(const CpuSums& sums, v1::CpuSums& into) {
  encode(sums.ns, *into.mutable_nanoseconds());
  encode(sums.cycles, *into.mutable_cycles());
  encode(sums.instructions, *into.mutable_instructions());
}

void decode(const v1::CpuSums& from, CpuSums& sums) {
  sums = {};
  decode(from.nanoseconds(), sums.ns);
  decode(from.cycles(), sums.cycles);
  decode(from.instructions(), sums.instructions);
}

void encode(const Histogram& histogram, v1::HistogramSums& into) {
  std::uint32_t last = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    if (bucket.count == 0) continue;
    into.add_bucket(bucket.index - last);
    into.add_count(bucket.count);
    last = bucket.index;
  }
  into.set_sum_seconds(histogram.sum());
}

void decode(const v1::HistogramSums& from, Histogram& result) {
  result.clear();
  result.reserve(static_cast<std::size_t>(from.bucket_size()));
  std::uint32_t index = 0;
  for (int i = 0; i < std::min(from.bucket_size(), from.count_size()); ++i) {
    index += from.bucket(i);
    result.add(index, from.count(i));
  }
  result.add_sum(from.sum_seconds());
}

using ByState = std::array<double, ledger::kInstanceStates>;

void encode(const ByState& values, google::protobuf::RepeatedField<double>& into) {
  if (values == ByState{}) return;
  into.Add(values.begin(), values.end());
}

void decode(const google::protobuf::RepeatedField<double>& from, ByState& values) {
  std::copy_n(from.begin(), std::min<std::size_t>(values.size(), from.size()), values.begin());
}

void encode(const NodeDescription& node, v1::NodeDescription& into) {
  into.set_time(node.time_ns);
  into.set_kernel(node.kernel);
  into.set_cpus(node.cpus);
  into.set_cgroup(node.cgroup);
  into.set_cycle_source(node.cycle_source);
  into.mutable_runtime_versions()->insert(node.runtime_versions.begin(), node.runtime_versions.end());
  if (node.live_instances) into.set_live_instances(*node.live_instances);
}

NodeDescription decode(const v1::NodeDescription& from) {
  return {.time_ns = from.time(),
          .kernel = from.kernel(),
          .cpus = from.cpus(),
          .cgroup = from.cgroup(),
          .cycle_source = from.cycle_source(),
          .runtime_versions = {from.runtime_versions().begin(), from.runtime_versions().end()},
          .live_instances = from.has_live_instances() ? std::optional(from.live_instances()) : std::nullopt};
}

}  // namespace

void encode(const InstanceTotals& totals, v1::InstanceSums& into) {
  into.set_instances(totals.instances);
  into.set_started(totals.started);
  into.set_ended(totals.ended);
  into.set_create_failed(totals.create_failed);
  into.set_served_none(totals.served_none);
  into.set_uncounted(totals.uncounted);
  encode(totals.own, *into.mutable_own());
  encode(totals.served, *into.mutable_served());
  into.set_requests_completed(totals.requests_completed);
  into.set_requests_inferred(totals.requests_inferred);
  into.set_requests_aborted(totals.requests_aborted);
  into.set_probes(totals.probes);
  encode(totals.memory_byte_seconds, *into.mutable_memory_byte_seconds());
  into.set_memory_peak_bytes(totals.memory_peak_bytes);
  into.set_in_flight_peak(totals.in_flight_peak);
  if (!totals.cold_start_seconds.empty()) encode(totals.cold_start_seconds, *into.mutable_cold_start());
  if (!totals.request_seconds.empty()) encode(totals.request_seconds, *into.mutable_requests());
}

void decode_numbers(const v1::InstanceSums& sums, InstanceTotals& totals) {
  totals.instances = sums.instances();
  totals.started = sums.started();
  totals.ended = sums.ended();
  totals.create_failed = sums.create_failed();
  totals.served_none = sums.served_none();
  totals.uncounted = sums.uncounted();
  decode(sums.own(), totals.own);
  decode(sums.served(), totals.served);
  totals.requests_completed = sums.requests_completed();
  totals.requests_inferred = sums.requests_inferred();
  totals.requests_aborted = sums.requests_aborted();
  totals.probes = sums.probes();
  totals.memory_byte_seconds = {};
  decode(sums.memory_byte_seconds(), totals.memory_byte_seconds);
  totals.memory_peak_bytes = sums.memory_peak_bytes();
  totals.in_flight_peak = sums.in_flight_peak();
}

void decode(const v1::InstanceSums& sums, InstanceTotals& totals) {
  decode_numbers(sums, totals);
  decode(sums.cold_start(), totals.cold_start_seconds);
  decode(sums.requests(), totals.request_seconds);
}

void encode(const LedgerTotals& totals, v1::LedgerSums& into) {
  into.set_ledgers(totals.ledgers);
  into.set_covered_ns(totals.covered_ns);
  into.set_wall_ns(totals.wall_ns);
  into.set_idle_ns(totals.idle_ns);
  into.set_steal_ns(totals.steal_ns);
  into.set_unsettled_ns(totals.unsettled_ns);
  into.set_residual_ns(totals.residual_ns);
  encode(totals.memory_byte_seconds, *into.mutable_memory_byte_seconds());
  into.set_overhead_byte_seconds(totals.overhead_byte_seconds);
  into.set_reserved_byte_seconds(totals.reserved_byte_seconds);
  into.set_bpf_estimated_seconds(totals.bpf_estimated_seconds);
  into.set_lost_events(totals.lost_events);
  into.set_lost_records(totals.lost_records);
  for (const auto& [owner, cpu] : totals.cpu) {
    v1::LedgerSums::OwnerCpu& one = *into.add_cpu();
    one.set_kind(static_cast<std::uint32_t>(owner.kind));
    one.set_component(owner.component);
    encode(cpu, *one.mutable_cpu());
  }
  if (totals.latest.time_ns != 0) encode(totals.latest, *into.mutable_latest());
}

void decode(const v1::LedgerSums& sums, LedgerTotals& totals) {
  totals = {};
  totals.ledgers = sums.ledgers();
  totals.covered_ns = sums.covered_ns();
  totals.wall_ns = sums.wall_ns();
  totals.idle_ns = sums.idle_ns();
  totals.steal_ns = sums.steal_ns();
  totals.unsettled_ns = sums.unsettled_ns();
  totals.residual_ns = sums.residual_ns();
  decode(sums.memory_byte_seconds(), totals.memory_byte_seconds);
  totals.overhead_byte_seconds = sums.overhead_byte_seconds();
  totals.reserved_byte_seconds = sums.reserved_byte_seconds();
  totals.bpf_estimated_seconds = sums.bpf_estimated_seconds();
  totals.lost_events = sums.lost_events();
  totals.lost_records = sums.lost_records();
  for (const v1::LedgerSums::OwnerCpu& one : sums.cpu()) {
    const auto kind = static_cast<OwnerKind>(std::min<std::uint32_t>(one.kind(), 2));
    decode(one.cpu(), totals.cpu[{kind, one.component()}]);
  }
  if (sums.has_latest()) totals.latest = decode(sums.latest());
}

}  // namespace faastax::store
