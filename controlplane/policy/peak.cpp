// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/peak.hpp"

#include <algorithm>
#include <cmath>

namespace faastax::policy {

void Peak::record(Time at, double concurrency) {
  const double needed =
      concurrency_ == 0 ? std::min(1.0, std::ceil(concurrency)) : std::ceil(concurrency / concurrency_);
  peaks_.record(at.count(), static_cast<std::int64_t>(needed));
}

std::optional<Advice> Peak::decide(Time now, double) {
  const std::int64_t most = peaks_.max(now.count());
  if (peaks_.empty()) return std::nullopt;
  return Advice{most, "most at once in the keep-alive"};
}

}  // namespace faastax::policy
