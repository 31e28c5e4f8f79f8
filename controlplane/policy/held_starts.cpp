// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/held_starts.hpp"

#include <algorithm>

namespace faastax::policy {

HeldStarts::Place HeldStarts::insert(Place place, HeldStart start) {
  ++counts_[{start.function, start.track}];
  if (start.bound_to) {
    bound_.insert(place);
  } else {
    unbound_[start.function].insert(place);
  }
  starts_.emplace(place, std::move(start));
  return place;
}

HeldStart HeldStarts::take(Place place) {
  HeldStart start = std::move(starts_.extract(place).mapped());
  --counts_[{start.function, start.track}];
  bound_.erase(place);
  if (const auto unbound = unbound_.find(start.function); unbound != unbound_.end()) {
    unbound->second.erase(place);
    if (unbound->second.empty()) unbound_.erase(unbound);
  }
  return start;
}

void HeldStarts::clear() {
  starts_.clear();
  bound_.clear();
  unbound_.clear();
  counts_.clear();
}

std::size_t HeldStarts::count(FunctionId function, Track track) const {
  const auto found = counts_.find({function, track});
  return found == counts_.end() ? 0 : found->second;
}

std::optional<HeldStarts::Place> HeldStarts::first_unbound(FunctionId function) const {
  const auto found = unbound_.find(function);
  if (found == unbound_.end()) return std::nullopt;
  const auto regular = std::ranges::find_if(
      found->second, [this](Place place) { return starts_.at(place).track == Track::kRegular; });
  return regular == found->second.end() ? std::nullopt : std::optional(*regular);
}

}  // namespace faastax::policy
