// SPDX-License-Identifier: Apache-2.0
#include "ledger/distribution.hpp"

#include <algorithm>
#include <cmath>

namespace faastax::ledger {
namespace {

constexpr std::int32_t kParts = 128;  ///< of each power of two
constexpr std::int32_t kMaxExponent = 30;
constexpr std::int32_t kLowest = -kMaxExponent * kParts;
constexpr double kLargest = 1U << kMaxExponent;
constexpr double kSmallest = 1 / kLargest;

std::int32_t index_of_value(double seconds) {
  if (seconds <= kSmallest) return kLowest;
  int exponent = 0;
  const double fraction = 2 * std::frexp(seconds, &exponent);  // [1, 2), times 2^(exponent-1)
  return (exponent - 1) * kParts + static_cast<std::int32_t>(std::ceil((fraction - 1) * kParts));
}

double bound(std::int32_t index) {
  const std::int32_t lifted = index - kLowest;  // not negative, so / and % round down
  const double fraction = 1 + static_cast<double>(lifted % kParts) / kParts;
  return std::ldexp(fraction, lifted / kParts - kMaxExponent);
}

double middle(std::int32_t index) { return index == kLowest ? 0 : (bound(index - 1) + bound(index)) / 2; }

}  // namespace

std::uint32_t Distribution::bucket_of(double seconds) {
  return static_cast<std::uint32_t>(index_of_value(std::clamp(seconds, 0.0, kLargest)) - kLowest);
}

double Distribution::middle_of(std::uint32_t bucket) {
  return middle(static_cast<std::int32_t>(bucket) + kLowest);
}

Distribution Distribution::of(const std::vector<Bucket>& buckets, double sum_seconds) {
  Distribution result;
  for (const Bucket& bucket : buckets) {
    if (bucket.count == 0) continue;
    constexpr std::uint32_t kHighest = 2 * kMaxExponent * kParts;
    const std::int32_t index = static_cast<std::int32_t>(std::min(bucket.index, kHighest)) + kLowest;
    result.buckets_[index] += bucket.count;
    result.count_ += bucket.count;
  }
  if (result.count_ == 0) return result;
  result.sum_ = sum_seconds;
  result.min_ = middle(result.buckets_.begin()->first);
  result.max_ = middle(result.buckets_.rbegin()->first);
  return result;
}

std::vector<Distribution::Bucket> Distribution::buckets() const {
  std::vector<Bucket> result;
  result.reserve(buckets_.size());
  for (const auto& [index, samples] : buckets_) {
    result.push_back({static_cast<std::uint32_t>(index - kLowest), samples});
  }
  return result;
}

void Distribution::add(double seconds, std::uint64_t count) {
  if (std::isnan(seconds) || count == 0) return;
  const double value = std::clamp(seconds, 0.0, kLargest);
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  buckets_[index_of_value(value)] += count;
  count_ += count;
  sum_ += value * static_cast<double>(count);
}

void Distribution::merge(const Distribution& other) {
  if (other.count_ == 0) return;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
  for (const auto& [index, samples] : other.buckets_) buckets_[index] += samples;
  count_ += other.count_;
  sum_ += other.sum_;
}

std::optional<double> Distribution::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  const double share = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  if (share <= 1) return min_;
  if (share >= static_cast<double>(count_)) return max_;
  const auto rank = static_cast<std::uint64_t>(share);
  std::uint64_t seen = 0;
  for (const auto& [index, samples] : buckets_) {
    seen += samples;
    if (seen >= rank) return std::clamp(middle(index), min_, max_);
  }
  return max_;
}

std::uint64_t Distribution::count_at_most(double le) const {
  // A rule on buckets alone: the largest sample would sharpen it, but could then make a counter shrink.
  std::uint64_t samples_below = 0;
  for (const auto& [index, samples] : buckets_) {
    if (middle(index) > le) break;
    samples_below += samples;
  }
  return samples_below;
}

Distribution Distribution::difference(const Distribution& earlier) const {
  Distribution window;
  for (const auto& [index, samples] : buckets_) {
    const auto before = earlier.buckets_.find(index);
    const std::uint64_t known = before == earlier.buckets_.end() ? 0 : before->second;
    if (samples <= known) continue;
    window.buckets_[index] = samples - known;
    window.count_ += samples - known;
  }
  if (window.count_ == 0) return window;
  window.sum_ = std::max(0.0, sum_ - earlier.sum_);
  window.set_extremes_since(*this, earlier);
  return window;
}

void Distribution::set_extremes_since(const Distribution& later, const Distribution& earlier) {
  const bool fresh = earlier.count_ == 0;
  max_ = later.max_;
  if (!fresh && later.max_ <= earlier.max_) {
    max_ = std::clamp(middle(buckets_.rbegin()->first), later.min_, later.max_);
  }
  min_ = later.min_;
  if (!fresh && later.min_ >= earlier.min_) {
    min_ = std::clamp(middle(buckets_.begin()->first), later.min_, max_);
  }
}

}  // namespace faastax::ledger
