// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "agent/records/identity.hpp"
#include "ledger/input.hpp"
#include "ledger/instance.hpp"
#include "ledger/totals.hpp"
#include "proto/records.pb.h"

namespace faastax::records {

/// Decides when each instance is recorded. Pure; one thread.
///
/// A live one every `period` while something but its memory changes, every ten periods otherwise. One that
/// has ended two seconds later, when what its runtime did after it is booked as a rule, and again whenever
/// more is booked to it, until nobody else holds it: the ledger can book no more then.
class InstanceRecorder {
 public:
  InstanceRecorder(Identity identity, ledger::Nanoseconds period)
      : identity_(std::move(identity)), period_(period) {}

  /// Takes note of what lives and of what has ended since the last call.
  void see(const std::vector<ledger::InstancePtr>& live, const std::vector<ledger::InstancePtr>& ended,
           ledger::Nanoseconds now);

  /// The records that are due at `clocks`.
  std::vector<v1::InstanceRecord> due(const ledger::ClocksRead& clocks, const ledger::Counting& counting);

  /// The same for everything that has changed: at the agent's end.
  std::vector<v1::InstanceRecord> all(const ledger::ClocksRead& clocks, const ledger::Counting& counting);

  /// Instances that it watches.
  std::size_t watched() const { return watched_.size(); }

 private:
  /// What of an instance has changed is told by this alone.
  struct Stamp {
    std::uint64_t cpu = 0;     ///< nanoseconds, which never go back
    std::uint64_t served = 0;  ///< of these; grows alone when an estimate is taken back
    std::uint64_t requests = 0;
    ledger::Nanoseconds latest = 0;  ///< of its times
    std::uint32_t in_flight_peak = 0;
    bool named = false;
    double memory = 0;  ///< byte-seconds
    auto operator<=>(const Stamp&) const = default;
  };
  struct Watched {
    ledger::InstancePtr instance;
    Stamp recorded;
    ledger::Nanoseconds at = 0;  ///< when it was recorded last, or seen first
    std::uint64_t sequence = 0;
  };

  static Stamp stamp_of(const ledger::Instance& instance);
  void watch(const ledger::InstancePtr& instance, ledger::Nanoseconds now);
  bool is_due(const Watched& watched, ledger::Nanoseconds now) const;
  v1::InstanceRecord record(Watched& watched, const ledger::ClocksRead& clocks,
                            const ledger::Counting& counting) const;

  Identity identity_;
  ledger::Nanoseconds period_;
  std::map<std::uint64_t, Watched> watched_;  ///< by number
};

}  // namespace faastax::records
