// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// Counts a function's requests in flight and averages them over each whole second.
class MeanConcurrency {
 public:
  /// (end of the second, mean requests in flight)
  using Second = std::pair<Time, double>;

  void change(Time now, std::int64_t by) {
    advance(now);
    level_ += by;
  }
  std::int64_t level() const { return level_; }

  /// Seconds without requests are reported only while this is on: nobody measures a function that has no
  /// instance.
  void report_zeros(Time now, bool on) {
    advance(now);
    zeros_ = on;
  }

  /// The seconds that ended by `now` and were not taken yet.
  std::vector<Second> take(Time now) {
    advance(now);
    return std::exchange(finished_, {});
  }

 private:
  static constexpr Time kSecond = std::chrono::seconds(1);

  void advance(Time now) {
    for (; second_end_ <= now; second_end_ += kSecond) {
      integrate(second_end_);
      if (zeros_ || area_ > 0) {
        finished_.emplace_back(second_end_, area_ / static_cast<double>(kSecond.count()));
      }
      area_ = 0;
    }
    integrate(now);
  }
  void integrate(Time until) {
    area_ += static_cast<double>(level_) * static_cast<double>((until - counted_).count());
    counted_ = until;
  }

  std::int64_t level_ = 0;
  bool zeros_ = false;
  Time second_end_ = kSecond;
  Time counted_{};
  double area_ = 0;
  std::vector<Second> finished_;
};

}  // namespace faastax::policy
