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

/// What counters said of a stretch of time.
struct Counts {
  double ns = 0;
  double cycles = 0;
  double instructions = 0;

  Counts& operator+=(const Counts& other);
};

/// What counters said lately. Old stretches fade: each time that it holds `memory`, half of it
/// is forgotten.
class CountedTime {
 public:
  void add(const Counts& counts, double memory);
  double ns() const { return sum_.ns; }

  /// What it has seen; nothing gives 0.
  CycleRate seen() const;

  /// Its own rate where it has seen enough, `other` where it has seen nothing, weighed in between as if
  /// `other` had been seen for a millisecond.
  CycleRate rate(const CycleRate& other) const;

 private:
  Counts sum_;
};

/// Makes cycles of an account's time, where counters run a part of the time only.
class CycleEstimate {
 public:
  /// Takes in what the counters said of it since the last call, which is returned; `node` learns the same.
  Counts learn(const fx_counts& now, CountedTime& node);

  /// Brings its cycles up to `total`. Waits while the node has no rate yet.
  void advance(const ledger::Buckets& total, const CountedTime& node);

  const ledger::Buckets& cycles() const { return cycles_; }
  const ledger::Buckets& instructions() const { return instructions_; }

 private:
  CountedTime own_;
  Counts seen_;
  ledger::Buckets until_{};  ///< of the account's time, what has its cycles
  ledger::Buckets cycles_{};
  ledger::Buckets instructions_{};
};

}  // namespace faastax::engine
