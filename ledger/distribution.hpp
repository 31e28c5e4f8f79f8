// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace faastax::ledger {

/// How a duration is distributed: any quantile within 0.4%, in bounded memory, mergeable.
///
/// Buckets are log-linear: each power of two is cut into 128 equal parts. Bucket i holds the values in
/// (bound(i-1), bound(i)], where
///
///     bound(i) = 2^floor(i / 128) × (1 + (i mod 128) / 128)   seconds
///
/// and is represented by its middle, so a quantile is off by at most 1/256 of its value. Only buckets in
/// use take memory. Values up to 2^-30 s (a nanosecond) share the lowest bucket, which is represented by
/// 0; values above 2^30 s (34 years) count as 2^30 s: at most 7681 buckets.
class Distribution {
 public:
  /// Samples in one bucket. `index` counts from the lowest, 0: bound(index - 3840) is its upper bound.
  struct Bucket {
    std::uint32_t index = 0;
    std::uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };

  /// What buckets() gave, from elsewhere: as it was, but for the smallest and largest value, which are known
  /// to within their bucket. What lies beyond the highest bucket counts there.
  static Distribution of(const std::vector<Bucket>& buckets, double sum_seconds);

  /// The bucket that a value is counted in, and the value that represents a bucket.
  static std::uint32_t bucket_of(double seconds);
  static double middle_of(std::uint32_t bucket);

  /// The buckets in use, lowest first.
  std::vector<Bucket> buckets() const;

  /// Adds `count` samples of `seconds`. Negative ones count as 0; NaN is ignored.
  void add(double seconds, std::uint64_t count = 1);

  void merge(const Distribution& other);

  std::uint64_t count() const { return count_; }

  /// Sum of all samples, in seconds.
  double sum() const { return sum_; }

  /// The smallest value that at least a share `q` (0 to 1) of the samples does not exceed (nearest rank).
  /// Absent without samples. Never outside the smallest and largest sample, which q = 0 and q = 1 give
  /// exactly; see difference() for the exception.
  std::optional<double> quantile(double q) const;

  /// Samples of at most `le` seconds: a bucket of a Prometheus histogram. Exact where `le` is a bound (1,
  /// 2.5, 5, 10, …), else by the bound nearest to it, within 0.4%. For a fixed `le` it never shrinks
  /// as samples are added; at infinity it is count().
  std::uint64_t count_at_most(double le) const;

  /// What was added since `earlier`, a former state of this distribution. Its smallest and largest value
  /// are exact where they moved since then, else known to within their bucket, as any other quantile.
  Distribution difference(const Distribution& earlier) const;

 private:
  void set_extremes_since(const Distribution& later, const Distribution& earlier);

  std::map<std::int32_t, std::uint64_t> buckets_;  ///< samples by index
  std::uint64_t count_ = 0;
  double sum_ = 0;
  double min_ = 0;  ///< with max_: meaningless without samples
  double max_ = 0;
};

}  // namespace faastax::ledger
