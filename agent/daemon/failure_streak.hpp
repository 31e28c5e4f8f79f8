// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

namespace faastax::daemon {

/// Failures in a row: one may pass (a CPU that goes offline meanwhile), many in a row do not. Pure.
class FailureStreak {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `patience`: how long failures may go on, from the first of them.
  explicit FailureStreak(std::chrono::nanoseconds patience) : patience_(patience) {}

  /// Takes a failure in; true when it is time to give up.
  bool failed(TimePoint now);

  /// Ends the streak; true if there was one.
  bool succeeded();

  bool lasts() const { return began_.has_value(); }

 private:
  std::chrono::nanoseconds patience_;
  std::optional<TimePoint> began_;
};

}  // namespace faastax::daemon
