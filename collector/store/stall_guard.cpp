// SPDX-License-Identifier: Apache-2.0
#include "collector/store/stall_guard.hpp"

#include <sys/socket.h>

#include <utility>

namespace faastax::store {

StallGuard::StallGuard(std::chrono::milliseconds limit)
    : limit_(limit), thread_([this](const std::stop_token& stop) { look(stop); }) {}

bool StallGuard::has_cut() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

void StallGuard::set(int socket, Clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  socket_ = socket;
  deadline_ = deadline;
}

/// Looks now and then: waking up for each call would cost more than the call's own bookkeeping.
void StallGuard::look(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    ended_.wait_for(lock, stop, limit_ / 4, [] { return false; });
    if (socket_ == kNone || Clock::now() < deadline_) continue;
    ::shutdown(std::exchange(socket_, kNone), SHUT_RDWR);
    cut_ = true;
  }
}

}  // namespace faastax::store
