// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// A percentile of a function's latest inter-arrival times.
class ArrivalFilter {
 public:
  /// `percentile` 0 to 100, by nearest rank.
  explicit ArrivalFilter(double percentile) : percentile_(percentile) {}

  void arrived(Time now);

  /// Absent before the second arrival.
  std::optional<Time> percentile() const;

 private:
  static constexpr std::size_t kRemembered = 512;

  double percentile_;
  std::optional<Time> last_;
  std::deque<Time> gaps_;     ///< oldest first
  std::vector<Time> sorted_;  ///< the same
};

}  // namespace faastax::policy
