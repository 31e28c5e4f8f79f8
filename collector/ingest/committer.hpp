// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/result.hpp"
#include "collector/ingest/commit_observer.hpp"
#include "collector/ingest/deposit.hpp"
#include "collector/store/store.hpp"

namespace faastax::collector {

struct CommitterOptions {
  std::size_t max_waiting_bytes = 64 << 20;
  std::size_t largest_bytes = 4 << 20;        ///< of one batch: who waits for room is called when it fits
  std::size_t max_together_bytes = 16 << 20;  ///< in one transaction, and what the last batch of it has more
  store::Retention retention = {};
};

/// Stores what streams and requests hand over, all that waits in one transaction, on a thread of its own: the
/// longer a transaction takes, the more the next one holds. Where little comes, one begins at most every 100
/// ms, since each costs much whatever it holds; what comes after a pause is stored at once. While the store
/// is unavailable it keeps what it has and tries again.
class Committer {
 public:
  using Wake = std::function<void()>;
  using Ticket = std::uint64_t;

  Committer(store::Store& store, const CommitterOptions& options, CommitObserver& observer);
  /// Gives up what is left.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Room for so many bytes to be stored. False: there is none now. Something larger than all room gets it
  /// when nothing else waits.
  bool reserve(std::size_t bytes);
  /// Gives back what was reserved for something that will not be submitted.
  void release(std::size_t bytes);
  /// Room for its bytes has been reserved. First come, first stored.
  void submit(std::unique_ptr<Deposit> deposit);

  /// Calls `wake` once, on a thread of the committer's, when there may be room, in the order of the tickets.
  Ticket when_room(Wake wake);
  /// It will not be called any more; false: it has been, or is being, called.
  bool forget(Ticket ticket);

  /// Stores what it has, then ends; gives up what an unavailable store does not take, and what comes later.
  void finish();

  /// The error is why nothing can be stored now.
  base::Result<void> state() const;
  std::size_t waiting_bytes() const;

 private:
  using Group = std::vector<std::unique_ptr<Deposit>>;
  using TimePoint = std::chrono::steady_clock::time_point;

  void run();
  void give_up();
  void wait();
  bool is_enough() const;
  bool ended() const;
  void take();
  void commit();
  void settle(const store::PutResult& result);
  void keep_what_may_wait(const std::string& why);
  void maintain(TimePoint now);
  void set_state(const base::Result<void>& state);
  void admit();
  bool has_room() const;

  store::Store& store_;
  const CommitterOptions options_;
  CommitObserver& observer_;

  Group group_;  ///< the committer's own: what is being stored
  TimePoint next_maintenance_{};
  TimePoint last_success_{};
  TimePoint last_began_{};              ///< a transaction
  std::chrono::milliseconds pause_{0};  ///< before the next try

  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::condition_variable room_;
  std::deque<std::unique_ptr<Deposit>> waiting_;
  std::size_t waiting_many_ = 0;   ///< records and events in it
  std::size_t waiting_bytes_ = 0;  ///< reserved: of what is on its way, waits or is being stored
  std::map<Ticket, Wake> parked_;
  Ticket next_ticket_ = 1;
  std::string problem_;  ///< empty: the store takes writes
  bool finishing_ = false;
  bool ended_ = false;  ///< what is submitted is given up

  std::thread thread_;
  std::thread doorman_;  ///< calls those who wait for room
};

}  // namespace faastax::collector
