// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace faastax::sender {

/// How long to wait before trying again: doubled at each failure up to a limit, and of that a random part
/// from half to all, so that agents which lost their collector together do not come back together. Pure.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds kShortest{250};
  static constexpr std::chrono::milliseconds kLongest{15'000};

  explicit Backoff(std::uint32_t seed) : random_(seed) {}

  /// After one more failure.
  std::chrono::milliseconds next();

  /// It worked.
  void reset() { wait_ = kShortest; }

 private:
  std::minstd_rand random_;
  std::chrono::milliseconds wait_ = kShortest;
};

}  // namespace faastax::sender
