// SPDX-License-Identifier: Apache-2.0
#include "collector/store/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledger/distribution.hpp"

namespace faastax::store {

std::uint32_t Histogram::highest_bucket() {
  static const std::uint32_t highest = ledger::Distribution::bucket_of(std::numeric_limits<double>::max());
  return highest;
}

void Histogram::add(std::uint32_t index, std::int64_t count) {
  const std::uint32_t bucket = std::min(index, highest_bucket());
  if (buckets_.empty() || buckets_.back().index < bucket) {
    buckets_.push_back({bucket, count});
    return;
  }
  const auto at = std::ranges::lower_bound(buckets_, bucket, {}, &Bucket::index);
  if (at != buckets_.end() && at->index == bucket) {
    at->count += count;
  } else {
    buckets_.insert(at, {bucket, count});
  }
}

void Histogram::add_seconds(double seconds, std::int64_t count) {
  if (std::isnan(seconds)) return;
  add(ledger::Distribution::bucket_of(seconds), count);
  sum_ += std::max(0.0, seconds) * static_cast<double>(count);
}

void Histogram::merge(const Histogram& other, int sign) {
  sum_ += sign * other.sum_;
  const std::size_t known = buckets_.size();
  std::size_t missing = 0;
  std::size_t at = 0;  // both are sorted: one pass over them
  for (const Bucket& bucket : other.buckets_) {
    while (at < known && buckets_[at].index < bucket.index) ++at;
    if (at < known && buckets_[at].index == bucket.index) {
      buckets_[at].count += sign * bucket.count;
    } else {
      ++missing;
    }
  }
  if (missing != 0) insert_missing(other, sign, missing);
}

/// From the back, so that each bucket moves once.
void Histogram::insert_missing(const Histogram& other, int sign, std::size_t missing) {
  std::size_t from = buckets_.size();
  buckets_.resize(from + missing);
  std::size_t to = buckets_.size();
  for (auto bucket = other.buckets_.rbegin(); missing != 0; ++bucket) {
    while (from > 0 && buckets_[from - 1].index > bucket->index) buckets_[--to] = buckets_[--from];
    if (from > 0 && buckets_[from - 1].index == bucket->index) continue;
    buckets_[--to] = {bucket->index, sign * bucket->count};
    --missing;
  }
}

void Histogram::clear() {
  buckets_.clear();
  sum_ = 0;
}

std::int64_t Histogram::count() const {
  std::int64_t result = 0;
  for (const Bucket& bucket : buckets_) result += bucket.count;
  return result;
}

std::optional<double> Histogram::quantile(double q) const {
  const std::int64_t samples = count();
  if (samples <= 0) return std::nullopt;
  const auto rank = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(samples))));
  std::int64_t seen = 0;
  for (const Bucket& bucket : buckets_) {
    seen += bucket.count;
    if (seen >= rank) return ledger::Distribution::middle_of(bucket.index);
  }
  return std::nullopt;
}

}  // namespace faastax::store
