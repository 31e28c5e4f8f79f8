// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/arena.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "proto/raw_batch.pb.h"
#include "proto/records.pb.h"

namespace faastax::collector {

inline constexpr int kMaxRecords = 100;

/// What a batch is parsed into. It is used for batch after batch: a message that is parsed into anew keeps
/// the memory of its texts and parts, so that a usual batch takes none from the system.
class BatchSpace {
 public:
  BatchSpace() = default;
  BatchSpace(const BatchSpace&) = delete;
  BatchSpace& operator=(const BatchSpace&) = delete;

  /// In place of what was there; false: it is no RecordBatch. Of more than kMaxRecords none is parsed.
  bool parse(google::protobuf::io::ZeroCopyInputStream& in);

  const v1::RawBatch& raw() const { return raw_; }
  const std::vector<const v1::Record*>& records() const { return records_; }
  /// Of each record what is in it, as it came; empty: such a part alone is not the record.
  const std::vector<std::string_view>& wires() const { return wires_; }

  /// That it keeps.
  std::size_t bytes() const;

 private:
  bool parse_record(std::string_view bytes);
  v1::Record& next_instance();

  v1::RawBatch raw_;
  google::protobuf::Arena arena_;
  std::vector<v1::Record*> instances_;  ///< in the arena; the first `used_` are of this batch
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<v1::Record>> others_;
  std::vector<const v1::Record*> records_;
  std::vector<std::string_view> wires_;
};

/// Spaces that are not in use, the one used last first: it may still be in the processor's cache. Any thread.
class BatchPool : public std::enable_shared_from_this<BatchPool> {
 public:
  struct GiveBack {
    std::shared_ptr<BatchPool> pool;
    void operator()(BatchSpace* space) const { pool->give_back(std::unique_ptr<BatchSpace>(space)); }
  };
  using Space = std::unique_ptr<BatchSpace, GiveBack>;

  Space take();
  std::size_t idle() const;

 private:
  void give_back(std::unique_ptr<BatchSpace> space);

  mutable std::mutex mutex_;  ///< guards what follows
  std::vector<std::unique_ptr<BatchSpace>> idle_;
};

}  // namespace faastax::collector
