// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace faastax::policy {

/// Where among `count` sorted samples (one at least) the `percent`-th percentile is, by nearest rank: the
/// first that is at or above `percent` of them.
inline std::size_t nearest_rank(double percent, std::size_t count) {
  const double rank = std::ceil(percent / 100 * static_cast<double>(count));
  return std::min(static_cast<std::size_t>(std::max(1.0, rank)), count) - 1;
}

}  // namespace faastax::policy
