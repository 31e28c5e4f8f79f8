// SPDX-License-Identifier: Apache-2.0
#include "collector/store/accumulator.hpp"

namespace faastax::store {

void HistogramAccumulator::add(const Histogram& other) {
  sum_ += other.sum();
  if (other.buckets().empty()) return;
  const std::uint32_t lowest = other.buckets().front().index;
  const std::uint32_t highest = other.buckets().back().index;
  if (counts_.empty()) first_ = lowest;
  if (lowest < first_) {
    counts_.insert(counts_.begin(), first_ - lowest, 0);
    first_ = lowest;
  }
  if (highest - first_ >= counts_.size()) counts_.resize(highest - first_ + 1);
  for (const Histogram::Bucket& bucket : other.buckets()) counts_[bucket.index - first_] += bucket.count;
}

Histogram HistogramAccumulator::result() const {
  Histogram histogram;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) histogram.add(first_ + static_cast<std::uint32_t>(i), counts_[i]);
  }
  histogram.add_sum(sum_);
  return histogram;
}

void InstanceAccumulator::add(InstanceTotals& other) {
  cold_start_seconds_.add(other.cold_start_seconds);
  request_seconds_.add(other.request_seconds);
  other.cold_start_seconds.clear();
  other.request_seconds.clear();
  totals_.add(other);
}

InstanceTotals InstanceAccumulator::result() const {
  InstanceTotals result = totals_;
  result.cold_start_seconds = cold_start_seconds_.result();
  result.request_seconds = request_seconds_.result();
  return result;
}

}  // namespace faastax::store
