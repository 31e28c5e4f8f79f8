// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// Averages a metric over the last `window` in buckets of `bucket`, as Knative's autoscaler does
/// (pkg/autoscaler/aggregation):
///  - several values of one bucket add up;
///  - a window that has only begun to fill is averaged over the filled part;
///  - buckets between two values count as zero; buckets after the last value are left out;
///  - after a pause of a whole window it begins to fill anew;
///  - the average is rounded to 6 digits after the point.
class WindowAverage {
 public:
  WindowAverage(Time window, Time bucket);

  /// `at` may be older than the last one; what is older than the window is ignored.
  void record(Time at, double value);

  /// No value in longer than the window: there is nothing to decide on.
  bool empty(Time now) const;

  /// 0 when empty; also 0 when the last value is exactly one window old.
  double average(Time now) const;

  /// The buckets that average() averages, oldest first.
  std::vector<double> values(Time now) const;

  Time bucket() const { return bucket_; }

 private:
  std::int64_t index(Time at) const { return at / bucket_; }
  double& slot(std::int64_t index) { return buckets_[static_cast<std::size_t>(index) % buckets_.size()]; }
  double slot(std::int64_t index) const {
    return buckets_[static_cast<std::size_t>(index) % buckets_.size()];
  }

  Time window_;
  Time bucket_;
  std::vector<double> buckets_;        ///< ring, by index; those after `last_` are stale
  std::optional<std::int64_t> first_;  ///< where the window began to fill
  std::int64_t last_ = 0;              ///< the newest value's
};

}  // namespace faastax::policy
