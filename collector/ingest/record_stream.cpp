// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/record_stream.hpp"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "collector/ingest/unix_time.hpp"

namespace faastax::collector {
namespace {

// A fast agent fills the time that a transaction takes.
constexpr unsigned kMostUnanswered = 8;

grpc::ByteBuffer serialized(const v1::BatchAcknowledged& answer) {
  grpc::ByteBuffer buffer;
  bool own = false;
  grpc::SerializationTraits<v1::BatchAcknowledged>::Serialize(answer, &buffer, &own);
  return buffer;
}

/// The batch in these bytes, which are given back; an error is why it is none.
base::Result<void> parse(grpc::ByteBuffer& bytes, RecordBatch& batch) {
  grpc::ProtoBufferReader in(&bytes);
  const bool parsed = in.status().ok() && batch.parse(in);
  bytes.Clear();
  if (!parsed) return base::failure("this is no RecordBatch");
  return batch.check(unix_now_ns());
}

}  // namespace

RecordStream::RecordStream(Committer& committer, Streams& streams, BatchPool& pool, StreamObserver& observer)
    : committer_(committer), streams_(streams), pool_(pool), observer_(observer) {
  Lock lock(mutex_);
  counted_ = streams_.add(*this);
  if (!counted_)
    end(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many streams, or the collector ends: try again");
  go_on(std::move(lock));
}

void RecordStream::finish() {
  Lock lock(mutex_);
  end(grpc::StatusCode::UNAVAILABLE, "the collector ends");
  go_on(std::move(lock));
}

void RecordStream::OnReadDone(bool ok) {
  Lock lock(mutex_);
  if (ok) return take(std::move(lock));
  reading_ = Reading::kEnded;
  go_on(std::move(lock));
}

/// What has been read is in `incoming_`.
void RecordStream::take(Lock lock) {
  const std::size_t bytes = incoming_.Length();
  if (ending_) {
    incoming_.Clear();
    reading_ = Reading::kEnded;
    go_on(std::move(lock));
  } else if (committer_.reserve(bytes)) {
    hand_over(std::move(lock), bytes);
  } else {
    reading_ = Reading::kParked;
    ticket_ = committer_.when_room([this] { take(Lock(mutex_)); });
  }
}

void RecordStream::hand_over(Lock lock, std::size_t bytes) {
  grpc::ByteBuffer wire;
  wire.Swap(&incoming_);
  reading_ = Reading::kTaking;
  ++unanswered_;
  lock.unlock();
  auto batch = std::make_unique<RecordBatch>(
      bytes, pool_.take(), [this](const v1::BatchAcknowledged* answer) { acknowledge(answer); });
  const auto good = parse(wire, *batch);
  if (good) {
    observer_.batch_taken(*batch);
    committer_.submit(std::move(batch));
  } else {
    observer_.batch_refused();
    committer_.release(bytes);
  }
  lock.lock();
  reading_ = Reading::kNo;
  if (!good) {
    --unanswered_;
    end(grpc::StatusCode::INVALID_ARGUMENT, good.error());
  }
  go_on(std::move(lock));
}

void RecordStream::acknowledge(const v1::BatchAcknowledged* answer) {
  auto buffer = answer == nullptr ? grpc::ByteBuffer() : serialized(*answer);
  Lock lock(mutex_);
  --unanswered_;
  if (answer == nullptr) {
    end(grpc::StatusCode::UNAVAILABLE, "the collector ends");
  } else {
    answers_.push_back(std::move(buffer));
  }
  go_on(std::move(lock));
}

void RecordStream::OnWriteDone(bool ok) {
  Lock lock(mutex_);
  writing_ = false;
  answers_.pop_front();
  if (!ok) answers_.clear();  // the agent is gone; it will send these batches again
  go_on(std::move(lock));
}

void RecordStream::OnCancel() {
  Lock lock(mutex_);
  end(grpc::StatusCode::CANCELLED, "cancelled");
  if (!writing_) answers_.clear();
  go_on(std::move(lock));
}

/// What is parked is dropped: it has not been acknowledged.
void RecordStream::end(grpc::StatusCode code, const std::string& why) {
  if (!ending_) status_ = {code, why};
  ending_ = true;
  if (reading_ == Reading::kParked && committer_.forget(ticket_)) {
    incoming_.Clear();
    reading_ = Reading::kEnded;
  }
}

/// Starts what may be started. Nothing of the stream may be touched afterwards: it may be gone.
void RecordStream::go_on(Lock lock) {
  if (finished_) return;
  if (!writing_ && !answers_.empty()) {
    writing_ = true;
    StartWrite(&answers_.front());
  }
  if (reading_ == Reading::kNo && !ending_ && unanswered_ + answers_.size() < kMostUnanswered) {
    reading_ = Reading::kWire;
    StartRead(&incoming_);
  }
  const bool reads_on = reading_ == Reading::kParked || reading_ == Reading::kTaking ||
                        (!ending_ && reading_ != Reading::kEnded);
  if (reads_on || unanswered_ != 0 || writing_) return;
  finished_ = true;
  const grpc::Status status = status_;
  lock.unlock();  // before Finish(): OnDone() may come at once, on another thread
  Finish(status);
}

void RecordStream::OnDone() {
  if (counted_) streams_.remove(*this);
  delete this;
}

}  // namespace faastax::collector
