// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "proto/collector.pb.h"

namespace faastax::sender {

/// What happened to the stream, as its callbacks tell it.
struct StreamEvent {
  enum class Kind : std::uint8_t {
    kWritten,       ///< the next batch may be written
    kAcknowledged,  ///< one more batch
    kClosed,        ///< nothing more comes: release() the stream
    kEnded,         ///< it may go
  };
  Kind kind{};
  std::uint64_t stream = 0;  ///< which one
  v1::BatchAcknowledged acknowledged = {};
  std::string reason = {};  ///< kEnded
};

/// All that wakes the sender's thread. Any thread may put something in, and never waits for long.
class Mailbox {
 public:
  struct Contents {
    std::vector<v1::Record> records;
    std::uint64_t refused = 0;  ///< that there was no room for
    std::vector<StreamEvent> events;
    bool stop = false;
  };

  /// More wait only if the thread is held up, by a disk that does not answer.
  static constexpr std::size_t kMostRecords = 10'000;

  void put(std::vector<v1::Record> records) {
    const std::lock_guard lock(mutex_);
    for (v1::Record& record : records) {
      if (contents_.records.size() < kMostRecords) {
        contents_.records.push_back(std::move(record));
      } else {
        ++contents_.refused;
      }
    }
    filled_.notify_one();
  }
  void put(StreamEvent event) {
    const std::lock_guard lock(mutex_);
    contents_.events.push_back(std::move(event));
    filled_.notify_one();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    contents_.stop = true;
    filled_.notify_one();
  }

  /// Waits for something, or until `until`; takes it all. The stop stays.
  Contents take(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    const auto has_something = [this] {
      return !contents_.records.empty() || !contents_.events.empty() || (contents_.stop && !told_to_stop_);
    };
    filled_.wait_until(lock, until, has_something);
    told_to_stop_ = contents_.stop;
    Contents taken = std::exchange(contents_, {});
    contents_.stop = taken.stop;
    return taken;
  }

 private:
  std::mutex mutex_;  ///< guards all below
  std::condition_variable filled_;
  Contents contents_;
  bool told_to_stop_ = false;
};

}  // namespace faastax::sender
