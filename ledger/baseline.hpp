// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "ledger/types.hpp"

namespace faastax::ledger {

/// CPU time by component.
using ComponentTimes = std::map<std::string, Nanoseconds>;

/// What each daemon uses all the time, learned from the periods in which no sandbox was made or removed.
///
/// The mean over those of the last 10 minutes, weighted by their lengths, less the tenth with the highest and
/// the tenth with the lowest rates (one each where there are fewer than ten): an image pull or a collection
/// of garbage in one of them does not count.
class Baseline {
 public:
  static constexpr Nanoseconds kKeepFor = 600'000'000'000;
  static constexpr std::size_t kMostPeriods = 256;

  /// A quiet period of `length`, and what the daemons used in it; who is not named used nothing.
  void add(Nanoseconds end, Nanoseconds length, ComponentTimes used);

  /// Drops what is older than kKeepFor.
  void advance(Nanoseconds now);

  /// Whether there was a quiet period lately.
  bool known() const { return !periods_.empty(); }

  /// CPUs that `component` uses when it is quiet; 0 while nothing is known.
  double cpus(const std::string& component) const;

 private:
  struct Period {
    Nanoseconds end = 0;
    Nanoseconds length = 0;
    ComponentTimes used;
  };
  std::deque<Period> periods_;
};

}  // namespace faastax::ledger
