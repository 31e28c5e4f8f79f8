// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ledger/report.hpp"
#include "ledger/totals.hpp"
#include "ledger/types.hpp"

namespace faastax::ledger {

/// The books at moments of a window, from which the report's course over time is made. Bounded: a window that
/// grows longer than there is room for gets longer stretches.
class Timeline {
 public:
  struct Options {
    std::size_t most = 0;               ///< stretches at most; fewer than 2: none are kept
    Nanoseconds period = 1000'000'000;  ///< of a stretch at first, at least
  };

  explicit Timeline(Options options) : options_(options), period_(options.period) {}

  /// The window opens; what was before is forgotten.
  void begin(const Totals& books, Nanoseconds time);

  /// To be called at every reading of the books; ends a stretch when it is long enough.
  void advance(const Totals& books, Nanoseconds time);

  /// The window closes: the last stretch ends, however short.
  void end(const Totals& books, Nanoseconds time);

  /// Stretch after stretch without a gap, so that their sums are the window's.
  std::vector<TimelinePoint> points() const;

 private:
  struct Moment {
    Nanoseconds time = 0;
    std::array<Nanoseconds, kActivities> cpu{};
    Nanoseconds idle = 0;
    ByteSeconds memory{};
    double overhead = 0;
    std::uint64_t started = 0;
    std::uint64_t completed = 0;
  };

  static Moment moment_of(const Totals& books, Nanoseconds time);
  static TimelinePoint between(const Moment& before, const Moment& after, Nanoseconds start);
  void thin();

  Options options_;
  Nanoseconds period_;
  bool open_ = false;
  std::vector<Moment> moments_;  ///< bounds of the stretches
};

}  // namespace faastax::ledger
