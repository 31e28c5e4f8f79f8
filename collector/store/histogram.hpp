// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace faastax::store {

/// Samples by bucket of ledger::Distribution's scale (128 parts of a power of two): a quantile is off by at
/// most 0.4%. Signed, so that an earlier snapshot of a record can be taken off again.
class Histogram {
 public:
  void add(std::uint32_t bucket, std::int64_t count);
  void add_seconds(double seconds, std::int64_t count = 1);
  void add_sum(double seconds) { sum_ += seconds; }
  /// Adds `sign` (1 or -1) times the other.
  void merge(const Histogram& other, int sign = 1);

  std::int64_t count() const { return count_; }
  double sum() const { return sum_; }
  /// Nearest rank; absent without samples.
  std::optional<double> quantile(double q) const;
  const std::map<std::uint32_t, std::int64_t>& buckets() const { return buckets_; }
  bool empty() const { return buckets_.empty() && sum_ == 0; }

 private:
  std::map<std::uint32_t, std::int64_t> buckets_;  ///< none is 0
  std::int64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace faastax::store
