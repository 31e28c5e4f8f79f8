// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/arrival_filter.hpp"

#include <algorithm>

#include "controlplane/policy/nearest_rank.hpp"

namespace faastax::policy {

void ArrivalFilter::arrived(Time now) {
  if (last_) {
    if (gaps_.size() == kRemembered) {
      sorted_.erase(std::ranges::lower_bound(sorted_, gaps_.front()));
      gaps_.pop_front();
    }
    const Time gap = now - *last_;
    gaps_.push_back(gap);
    sorted_.insert(std::ranges::upper_bound(sorted_, gap), gap);
  }
  last_ = now;
}

std::optional<Time> ArrivalFilter::percentile() const {
  if (sorted_.empty()) return std::nullopt;
  return sorted_[nearest_rank(percentile_, sorted_.size())];
}

}  // namespace faastax::policy
