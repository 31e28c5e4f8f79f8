// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "collector/store/totals.hpp"

namespace faastax::store {

/// A histogram that many others are added to: an array over the buckets that occur, so that adding costs as
/// much as the other one has buckets, whatever this one has.
class HistogramAccumulator {
 public:
  void add(const Histogram& other);
  Histogram result() const;

 private:
  std::vector<std::int64_t> counts_;  ///< from bucket `first_` on
  std::uint32_t first_ = 0;
  double sum_ = 0;
};

/// Totals that many others are added to.
class InstanceAccumulator {
 public:
  /// Takes the other's histograms out of it: they are empty afterwards and keep their memory.
  void add(InstanceTotals& other);
  InstanceTotals result() const;

 private:
  InstanceTotals totals_;  ///< without histograms
  HistogramAccumulator cold_start_seconds_;
  HistogramAccumulator request_seconds_;
};

}  // namespace faastax::store
