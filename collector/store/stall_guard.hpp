// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace faastax::store {

/// Shuts a connection's socket down when a call has waited on it for too long, so that the call fails. A
/// server that is stopped, or whose disk hangs, keeps its connections: the kernel answers for it, no TCP
/// time-out passes, its own time limits do not run, and libpq waits for ever.
class StallGuard {
 public:
  using Clock = std::chrono::steady_clock;

  /// A call is cut after `limit` and before 5/4 of it.
  explicit StallGuard(std::chrono::milliseconds limit);
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

  /// Guards a call while it lives; one at a time.
  class Watch {
   public:
    Watch(StallGuard& guard, int socket) : guard_(guard) { guard_.set(socket, Clock::now() + guard_.limit_); }
    ~Watch() { guard_.set(kNone, {}); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    StallGuard& guard_;
  };

  /// Whether a socket has been shut down.
  bool has_cut() const;
  std::chrono::milliseconds limit() const { return limit_; }

 private:
  static constexpr int kNone = -1;

  void set(int socket, Clock::time_point deadline);
  void look(const std::stop_token& stop);

  const std::chrono::milliseconds limit_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable_any ended_;
  int socket_ = kNone;
  Clock::time_point deadline_;
  bool cut_ = false;
  std::jthread thread_;
};

}  // namespace faastax::store
