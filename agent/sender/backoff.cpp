// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/backoff.hpp"

#include <algorithm>
#include <utility>

namespace faastax::sender {

std::chrono::milliseconds Backoff::next() {
  const auto most = std::exchange(wait_, std::min(wait_ * 2, kLongest));
  std::uniform_int_distribution<std::int64_t> part(most.count() / 2, most.count());
  return std::chrono::milliseconds(part(random_));
}

}  // namespace faastax::sender
