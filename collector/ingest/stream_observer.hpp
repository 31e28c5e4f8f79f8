// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collector/ingest/record_batch.hpp"

namespace faastax::collector {

/// Is told what streams take in, on any thread.
class StreamObserver {
 public:
  StreamObserver() = default;
  virtual ~StreamObserver() = default;
  StreamObserver(const StreamObserver&) = delete;
  StreamObserver& operator=(const StreamObserver&) = delete;

  /// A batch that has been checked and is to be stored.
  virtual void batch_taken(RecordBatch& batch) = 0;
  /// One that is no batch, or too large.
  virtual void batch_refused() = 0;
};

}  // namespace faastax::collector
