// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/failure_streak.hpp"

#include <utility>

namespace faastax::daemon {

bool FailureStreak::failed(TimePoint now) {
  if (!began_) began_ = now;
  return now - *began_ >= patience_;
}

bool FailureStreak::succeeded() { return std::exchange(began_, std::nullopt).has_value(); }

}  // namespace faastax::daemon
