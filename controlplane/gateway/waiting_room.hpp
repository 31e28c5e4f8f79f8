// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <unordered_map>

#include "controlplane/gateway/router.hpp"

namespace faastax::gateway {

/// Requests of one function that wait for an endpoint, oldest first, at most so many and so long.
class WaitingRoom {
 public:
  WaitingRoom(std::size_t most, Clock::duration longest) : most_(most), longest_(longest) {}

  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }
  bool full() const { return queue_.size() >= most_; }

  void enter(RequestId request, Waiter& waiter, Clock::time_point now) {
    places_[request] = queue_.insert(queue_.end(), {request, &waiter, now});
  }
  /// Who waited for it; null when nobody did.
  Waiter* leave(RequestId request) {
    const auto place = places_.find(request);
    if (place == places_.end()) return nullptr;
    Waiter* const waiter = place->second->waiter;
    queue_.erase(place->second);
    places_.erase(place);
    return waiter;
  }

  struct Guest {
    RequestId request;
    Waiter* waiter;
    Clock::time_point since;
  };
  /// The oldest, which waits no longer. Only when there is one.
  Guest next() {
    const Guest oldest = queue_.front();
    leave(oldest.request);
    return oldest;
  }
  bool overdue(Clock::time_point now) const {
    return !queue_.empty() && now - queue_.front().since >= longest_;
  }

 private:
  std::size_t most_;
  Clock::duration longest_;
  std::list<Guest> queue_;
  std::unordered_map<RequestId, std::list<Guest>::iterator> places_;
};

}  // namespace faastax::gateway
