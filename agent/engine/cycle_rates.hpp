// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "bpf/abi/fx_abi.h"
#include "ledger/types.hpp"

namespace faastax::engine {

/// Cycles and instructions per nanosecond.
struct CycleRate {
  double cycles = 0;
  double instructions = 0;
};

/// What counters said of a stretch of time. Old stretches fade: each time that it holds `memory`, half of it
/// is forgotten.
class CountedTime {
 public:
  void add(double ns, double cycles, double instructions, double memory);
  double ns() const { return ns_; }

  /// What it has seen; nothing gives 0.
  CycleRate seen() const;

  /// Its own rate where it has seen enough, `other` where it has seen nothing, weighed in between as if
  /// `other` had been seen for a millisecond.
  CycleRate rate(const CycleRate& other) const;

 private:
  double ns_ = 0;
  double cycles_ = 0;
  double instructions_ = 0;
};

/// Makes cycles of an account's time, where counters run a part of the time only.
class CycleEstimate {
 public:
  /// Takes in what the counters said of it since the last call; `node` learns the same.
  void learn(const fx_counts& now, CountedTime& node);

  /// Brings its cycles up to `total`. Waits while the node has no rate yet.
  void advance(const ledger::Buckets& total, const CountedTime& node);

  const ledger::Buckets& cycles() const { return cycles_; }
  const ledger::Buckets& instructions() const { return instructions_; }

 private:
  CountedTime own_;
  double seen_ns_ = 0;
  double seen_cycles_ = 0;
  double seen_instructions_ = 0;
  ledger::Buckets until_{};  ///< of the account's time, what has its cycles
  ledger::Buckets cycles_{};
  ledger::Buckets instructions_{};
};

}  // namespace faastax::engine
