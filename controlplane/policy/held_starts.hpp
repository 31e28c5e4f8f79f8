// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "controlplane/policy/actions.hpp"

namespace faastax::policy {

/// A start that was decided and is not under way yet.
struct HeldStart {
  FunctionId function = 0;
  std::optional<RequestId> bound_to;
  std::string reason;
  Track track = Track::kRegular;
  DecisionId decision = 0;
  bool repair = false;
};

/// Starts that wait for room, in order. Nothing here takes time that grows with their number, but for
/// its logarithm: at the limit each waiting request may have one.
class HeldStarts {
 public:
  /// Orders them.
  using Place = std::int64_t;

  Place push_back(HeldStart start) { return insert(++last_, std::move(start)); }
  Place push_front(HeldStart start) { return insert(--first_, std::move(start)); }
  HeldStart take(Place place);
  bool empty() const { return starts_.empty(); }
  void clear();

  std::size_t count(FunctionId function, Track track) const;
  /// The first one of a regular instance that is bound to no request.
  std::optional<Place> first_unbound(FunctionId function) const;

  /// The first that is bound to a request, or whose function `waits`.
  template <typename Waits>
  std::optional<Place> first_wanted(const Waits& waits) const {
    std::optional<Place> first;
    if (!bound_.empty()) first = *bound_.begin();
    for (const auto& [function, places] : unbound_) {
      if (waits(function) && (!first || *places.begin() < *first)) first = *places.begin();
    }
    return first;
  }
  /// How many there are of these.
  template <typename Waits>
  std::size_t count_wanted(const Waits& waits) const {
    std::size_t sum = bound_.size();
    for (const auto& [function, places] : unbound_) sum += waits(function) ? places.size() : 0;
    return sum;
  }
  /// The first of all.
  Place first() const { return starts_.begin()->first; }

 private:
  Place insert(Place place, HeldStart start);

  std::map<Place, HeldStart> starts_;
  std::set<Place> bound_;
  std::map<FunctionId, std::set<Place>> unbound_;
  std::map<std::pair<FunctionId, Track>, std::size_t> counts_;
  Place last_ = 0;
  Place first_ = 0;
};

}  // namespace faastax::policy
