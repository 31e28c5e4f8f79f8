// SPDX-License-Identifier: Apache-2.0
#include "collector/store/accumulator.hpp"

#include <algorithm>
#include <numeric>

#include "collector/store/totals_codec.hpp"
#include "proto/rollup.pb.h"

namespace faastax::store {

/// By whole powers of two, so that it seldom grows.
void HistogramAccumulator::cover(std::uint32_t lowest, std::uint32_t highest) {
  constexpr std::uint32_t kPart = 128;
  const std::uint32_t from = lowest - lowest % kPart;
  const std::size_t to = highest - highest % kPart + kPart;
  if (counts_.empty()) first_ = from;
  if (from < first_) {
    counts_.insert(counts_.begin(), first_ - from, 0);
    first_ = from;
  }
  if (to - first_ > counts_.size()) counts_.resize(to - first_);
}

void HistogramAccumulator::add(const Histogram& other) {
  sum_ += other.sum();
  if (other.buckets().empty()) return;
  cover(other.buckets().front().index, other.buckets().back().index);
  for (const Histogram::Bucket& bucket : other.buckets()) counts_[bucket.index - first_] += bucket.count;
}

void HistogramAccumulator::add(std::span<const std::uint32_t> steps, std::span<const std::int64_t> counts,
                               double sum_seconds) {
  sum_ += sum_seconds;
  const std::size_t size = std::min(steps.size(), counts.size());
  if (size == 0) return;
  const auto bucket_at = [highest = Histogram::highest_bucket()](std::uint64_t index) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(index, highest));
  };
  cover(bucket_at(steps.front()), bucket_at(std::accumulate(steps.begin(), steps.end(), std::uint64_t{0})));
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < size; ++i) counts_[bucket_at(index += steps[i]) - first_] += counts[i];
}

Histogram HistogramAccumulator::result() const {
  Histogram histogram;
  histogram.reserve(counts_.size() - static_cast<std::size_t>(std::ranges::count(counts_, 0)));
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

void InstanceAccumulator::add(const v1::InstanceSums& sums, InstanceTotals& scratch) {
  const auto add_histogram = [](HistogramAccumulator& into, const v1::HistogramSums& one) {
    into.add({one.bucket().data(), static_cast<std::size_t>(one.bucket_size())},
             {one.count().data(), static_cast<std::size_t>(one.count_size())}, one.sum_seconds());
  };
  decode_numbers(sums, scratch);
  totals_.add(scratch);
  add_histogram(cold_start_seconds_, sums.cold_start());
  add_histogram(request_seconds_, sums.requests());
}

InstanceTotals InstanceAccumulator::result() const {
  InstanceTotals result = totals_;
  result.cold_start_seconds = cold_start_seconds_.result();
  result.request_seconds = request_seconds_.result();
  return result;
}

}  // namespace faastax::store
