// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

namespace faastax::policy {

/// The largest value of the last `size` positions: those in (newest - size, newest]. Positions are slots or
/// nanoseconds, and never go backwards. Amortized constant time: what a newer, larger value hides is dropped.
class SlidingMax {
 public:
  explicit SlidingMax(std::int64_t size) : size_(size) {}

  void record(std::int64_t position, std::int64_t value) {
    while (!maxima_.empty() && maxima_.back().second <= value) maxima_.pop_back();
    maxima_.emplace_back(position, value);
  }

  /// 0 when nothing was recorded in these positions.
  std::int64_t max(std::int64_t newest) {
    while (!maxima_.empty() && newest - maxima_.front().first >= size_) maxima_.pop_front();
    return maxima_.empty() ? 0 : maxima_.front().second;
  }

  bool empty() const { return maxima_.empty(); }

 private:
  std::int64_t size_;
  std::deque<std::pair<std::int64_t, std::int64_t>> maxima_;  ///< (position, value), values falling
};

}  // namespace faastax::policy
