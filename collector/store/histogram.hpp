// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace faastax::store {

/// Samples by bucket of ledger::Distribution's scale (128 parts of a power of two): a quantile is off by at
/// most 0.4%. Signed, so that an earlier snapshot of a record can be taken off again.
class Histogram {
 public:
  struct Bucket {
    std::uint32_t index = 0;
    std::int64_t count = 0;  ///< 0 where what was added was taken off
    bool operator==(const Bucket&) const = default;
  };

  static std::uint32_t highest_bucket();
  void reserve(std::size_t buckets) { buckets_.reserve(buckets); }

  /// What lies beyond the highest bucket counts there.
  void add(std::uint32_t bucket, std::int64_t count);
  void add_seconds(double seconds, std::int64_t count = 1);
  void add_sum(double seconds) { sum_ += seconds; }
  /// Adds `sign` (1 or -1) times the other.
  void merge(const Histogram& other, int sign = 1);

  std::int64_t count() const;
  double sum() const { return sum_; }
  /// Nearest rank; absent without samples.
  std::optional<double> quantile(double q) const;
  /// In the order of their indexes.
  const std::vector<Bucket>& buckets() const { return buckets_; }
  bool empty() const { return buckets_.empty() && sum_ == 0; }
  /// Empties it, and keeps its memory.
  void clear();

 private:
  void insert_missing(const Histogram& other, int sign, std::size_t missing);

  std::vector<Bucket> buckets_;
  double sum_ = 0;
};

}  // namespace faastax::store
