// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "collector/store/totals.hpp"

namespace faastax::v1 {
class InstanceSums;
}

namespace faastax::store {

/// A histogram that many others are added to: an array over the buckets that occur, so that adding costs as
/// much as the other one has buckets, whatever this one has.
class HistogramAccumulator {
 public:
  void add(const Histogram& other);
  /// One as the store keeps it: of each bucket how far it lies from the one before it, and its count.
  void add(std::span<const std::uint32_t> steps, std::span<const std::int64_t> counts, double sum_seconds);
  Histogram result() const;

 private:
  void cover(std::uint32_t lowest, std::uint32_t highest);

  std::vector<std::int64_t> counts_;  ///< from bucket `first_` on
  std::uint32_t first_ = 0;
  double sum_ = 0;
};

/// Totals that many others are added to.
class InstanceAccumulator {
 public:
  /// Takes the other's histograms out of it: they are empty afterwards and keep their memory.
  void add(InstanceTotals& other);
  /// Those that the store keeps; `scratch` is used on the way.
  void add(const v1::InstanceSums& sums, InstanceTotals& scratch);
  InstanceTotals result() const;

 private:
  InstanceTotals totals_;  ///< without histograms
  HistogramAccumulator cold_start_seconds_;
  HistogramAccumulator request_seconds_;
};

}  // namespace faastax::store
