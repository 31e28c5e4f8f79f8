// SPDX-License-Identifier: Apache-2.0
#include "agent/records/instance_recorder.hpp"

#include <algorithm>

#include "agent/records/instance_record.hpp"

namespace faastax::records {
namespace {

constexpr ledger::Nanoseconds kAfterEnd = 2'000'000'000;
constexpr ledger::Nanoseconds kStillPeriods = 10;

}  // namespace

InstanceRecorder::Stamp InstanceRecorder::stamp_of(const ledger::Instance& instance) {
  double memory = 0;
  for (const double byte_seconds : instance.memory_byte_seconds) memory += byte_seconds;
  return {.cpu = instance.cpu.total(),
          .served = instance.served.total(),
          .requests = instance.requests + instance.aborted + instance.probes,
          .latest = std::max({instance.execed, instance.ready, instance.stopped, instance.gone}),
          .in_flight_peak = instance.in_flight_peak,
          .named = instance.has_name,
          .memory = memory};
}

void InstanceRecorder::watch(const ledger::InstancePtr& instance, ledger::Nanoseconds now) {
  watched_.try_emplace(instance->number, Watched{.instance = instance, .recorded = {}, .at = now});
}

void InstanceRecorder::see(const std::vector<ledger::InstancePtr>& live,
                           const std::vector<ledger::InstancePtr>& ended, ledger::Nanoseconds now) {
  for (const ledger::InstancePtr& instance : live) watch(instance, now);
  for (const ledger::InstancePtr& instance : ended) watch(instance, now);
}

bool InstanceRecorder::is_due(const Watched& watched, ledger::Nanoseconds now) const {
  const ledger::Instance& instance = *watched.instance;
  Stamp stamp = stamp_of(instance);
  if (stamp == watched.recorded) return false;
  if (instance.is_over()) {
    return watched.instance.use_count() == 1 || now >= std::max(instance.gone, watched.at) + kAfterEnd;
  }
  if (!instance.has_name) return false;
  stamp.memory = watched.recorded.memory;
  const bool still = stamp == watched.recorded;
  return now >= watched.at + period_ * (still ? kStillPeriods : 1);
}

v1::InstanceRecord InstanceRecorder::record(Watched& watched, const ledger::ClocksRead& clocks,
                                            const ledger::Counting& counting) const {
  watched.recorded = stamp_of(*watched.instance);
  watched.at = clocks.mono;
  return describe(*watched.instance, {identity_, clocks, counting, ++watched.sequence});
}

std::vector<v1::InstanceRecord> InstanceRecorder::due(const ledger::ClocksRead& clocks,
                                                      const ledger::Counting& counting) {
  std::vector<v1::InstanceRecord> result;
  for (auto at = watched_.begin(); at != watched_.end();) {
    Watched& watched = at->second;
    if (is_due(watched, clocks.mono)) result.push_back(record(watched, clocks, counting));
    const bool final = watched.instance->is_over() && watched.instance.use_count() == 1;
    at = final ? watched_.erase(at) : std::next(at);
  }
  return result;
}

std::vector<v1::InstanceRecord> InstanceRecorder::all(const ledger::ClocksRead& clocks,
                                                      const ledger::Counting& counting) {
  std::vector<v1::InstanceRecord> result;
  for (auto& [number, watched] : watched_) {
    if (stamp_of(*watched.instance) == watched.recorded) continue;
    if (!watched.instance->has_name && !watched.instance->is_over()) continue;
    result.push_back(record(watched, clocks, counting));
  }
  return result;
}

}  // namespace faastax::records
