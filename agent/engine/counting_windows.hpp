// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/bpf/probe.hpp"
#include "ledger/types.hpp"

namespace faastax::engine {

/// When hardware counters run: always, or where that slows the node down, for some milliseconds every other
/// second.
class CountingWindows {
 public:
  /// `probe` must outlive it.
  CountingWindows(bpf::Probe& probe, bpf::CycleMode mode) : probe_(probe), mode_(mode) {}

  /// Opens or closes a window if it is time. To be called every few milliseconds.
  base::Result<void> tick(ledger::Nanoseconds now);

 private:
  bpf::Probe& probe_;
  bpf::CycleMode mode_;
  bool open_ = false;
  ledger::Nanoseconds changed_ = 0;
  /// Between windows: short at first, as the first window knows little of what will run.
  ledger::Nanoseconds period_ = 100'000'000;
};

}  // namespace faastax::engine
