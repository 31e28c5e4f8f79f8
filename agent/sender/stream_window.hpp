// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace faastax::sender {

/// Batches on their way on one stream, oldest first. Pure.
class StreamWindow {
 public:
  static constexpr std::size_t kMostBatches = 8;
  static constexpr std::size_t kMostRecords = 100;  ///< in a batch, as the collector takes them

  struct Batch {
    std::uint64_t number = 0;
    std::uint64_t end = 0;  ///< index of the record after its last one
    std::size_t records = 0;
    std::size_t unreadable = 0;  ///< frames of the spool that are no records, and are not in it
  };

  bool has_room() const { return batches_.size() < kMostBatches; }
  bool empty() const { return batches_.empty(); }

  /// One more batch leaves: its number.
  std::uint64_t leave(std::uint64_t end, std::size_t records, std::size_t unreadable) {
    batches_.push_back({++last_, end, records, unreadable});
    return last_;
  }

  /// The batch that `number` acknowledges; none if it is not the oldest on its way: the collector is out of
  /// step.
  std::optional<Batch> arrive(std::uint64_t number) {
    if (batches_.empty() || batches_.front().number != number) return std::nullopt;
    const Batch batch = batches_.front();
    batches_.pop_front();
    return batch;
  }

 private:
  std::deque<Batch> batches_;
  std::uint64_t last_ = 0;
};

}  // namespace faastax::sender
