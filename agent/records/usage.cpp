// SPDX-License-Identifier: Apache-2.0
#include "agent/records/usage.hpp"

#include <utility>

namespace faastax::records {

using ledger::index_of;

static_assert(v1::ACTIVITY_CREATE == static_cast<int>(ledger::Activity::kCreate) + 1);
static_assert(v1::ACTIVITY_TEARDOWN == static_cast<int>(ledger::Activity::kTeardown) + 1);
static_assert(v1::ACTIVITY_OTHER == static_cast<int>(ledger::Activity::kOther) + 1);

v1::Activity activity_of(ledger::Activity activity) {
  return static_cast<v1::Activity>(static_cast<int>(activity) + 1);
}

v1::Track track_of(ledger::Track track) {
  switch (track) {
    case ledger::Track::kRegular:
      return v1::TRACK_REGULAR;
    case ledger::Track::kEmergency:
      return v1::TRACK_EMERGENCY;
    case ledger::Track::kUnknown:
      break;
  }
  return v1::TRACK_UNKNOWN;
}

v1::MemoryByState memory_of(const ledger::ByteSeconds& byte_seconds) {
  using ledger::InstanceState;
  v1::MemoryByState memory;
  memory.set_starting(byte_seconds[index_of(InstanceState::kStarting)]);
  memory.set_idle(byte_seconds[index_of(InstanceState::kIdle)]);
  memory.set_busy(byte_seconds[index_of(InstanceState::kBusy)]);
  memory.set_stopping(byte_seconds[index_of(InstanceState::kStopping)]);
  return memory;
}

v1::Histogram histogram_of(const ledger::Distribution& seconds) {
  v1::Histogram histogram;
  for (const ledger::Distribution::Bucket& bucket : seconds.buckets()) {
    v1::Histogram::Bucket& to = *histogram.add_buckets();
    to.set_index(bucket.index);
    to.set_count(bucket.count);
  }
  histogram.set_sum_seconds(seconds.sum());
  return histogram;
}

void each_usage(const ledger::CpuByActivity& cpu, const ledger::Counting& counting,
                const std::function<void(v1::Usage)>& take) {
  for (std::size_t activity = 0; activity < ledger::kActivities; ++activity) {
    for (std::size_t evidence = 0; evidence < ledger::kEvidences; ++evidence) {
      const ledger::Amount amount = cpu.at(activity, evidence);
      if (amount.empty()) continue;
      v1::Usage usage;
      usage.set_activity(activity_of(static_cast<ledger::Activity>(activity)));
      usage.set_inferred(evidence == index_of(ledger::Evidence::kInferred));
      usage.set_nanoseconds(amount.ns);
      if (counting.on()) usage.set_cycles(amount.cycles);
      if (counting.instructions) usage.set_instructions(amount.instructions);
      take(std::move(usage));
    }
  }
}

}  // namespace faastax::records
