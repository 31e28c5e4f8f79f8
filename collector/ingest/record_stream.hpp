// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "collector/ingest/committer.hpp"
#include "collector/ingest/record_batch.hpp"
#include "collector/ingest/stream_observer.hpp"
#include "collector/ingest/streams.hpp"

namespace faastax::collector {

/// One agent's stream: reads a batch, hands it over, reads the next while few of its batches are not stored.
/// A batch that the committer has no room for stays here as it came, and nothing more is read: gRPC's flow
/// control then holds the agent. Deletes itself when gRPC is done with it.
class RecordStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  RecordStream(Committer& committer, Streams& streams, BatchPool& pool, StreamObserver& observer);

  /// The collector ends: no batch is taken any more, and the stream ends when those taken are answered.
  void finish();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Lock = std::unique_lock<std::mutex>;
  enum class Reading : std::uint8_t {
    kNo,      ///< too many batches are not answered yet
    kWire,    ///< under way
    kParked,  ///< a batch is here and waits for room
    kTaking,  ///< it is being parsed
    kEnded,
  };

  void take(Lock lock);
  void hand_over(Lock lock, std::size_t bytes);
  void acknowledge(const v1::BatchAcknowledged* answer);
  void end(grpc::StatusCode code, const std::string& why);
  void go_on(Lock lock);

  Committer& committer_;
  Streams& streams_;
  BatchPool& pool_;
  StreamObserver& observer_;

  std::mutex mutex_;  ///< guards what follows
  grpc::ByteBuffer incoming_;
  Reading reading_ = Reading::kNo;
  Committer::Ticket ticket_ = 0;  ///< of kParked
  unsigned unanswered_ = 0;       ///< batches handed over
  std::deque<grpc::ByteBuffer> answers_;
  bool writing_ = false;  ///< the first of them
  bool ending_ = false;   ///< takes nothing any more
  bool finished_ = false;
  bool counted_ = false;  ///< among the streams
  grpc::Status status_ = grpc::Status::OK;
};

}  // namespace faastax::collector
