// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <unordered_set>

namespace faastax::collector {

class RecordStream;

/// The streams that are open. Any thread.
class Streams {
 public:
  explicit Streams(std::size_t most) : most_(most) {}

  /// False: there are too many, or the collector ends.
  bool add(RecordStream& stream);
  void remove(RecordStream& stream);
  std::size_t count() const;

  /// Each answers for what it has taken, then ends; no new ones. Returns when all have, or after `patience`.
  void finish(std::chrono::milliseconds patience);

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable gone_;
  std::unordered_set<RecordStream*> open_;
  bool finishing_ = false;
};

}  // namespace faastax::collector
