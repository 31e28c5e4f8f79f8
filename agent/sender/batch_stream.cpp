// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/batch_stream.hpp"

#include <utility>

namespace faastax::sender {

BatchStream::BatchStream(std::shared_ptr<grpc::Channel> channel, std::uint64_t number,
                         std::shared_ptr<Mailbox> mailbox)
    : number_(number),
      mailbox_(std::move(mailbox)),
      channel_(std::move(channel)),
      stub_(v1::Collector::NewStub(channel_)) {
  stub_->async()->Send(&context_, this);
  StartRead(&reading_);
  AddHold();  // until release(): who writes is another thread, at any time
  StartCall();
}

void BatchStream::write(v1::RecordBatch batch) {
  writing_ = std::move(batch);
  StartWrite(&writing_);
}

void BatchStream::OnWriteDone(bool ok) {
  // A write that failed shows as the end.
  if (ok) mailbox_->put(StreamEvent{.kind = StreamEvent::Kind::kWritten, .stream = number_});
}

void BatchStream::OnReadDone(bool ok) {
  if (!ok) {
    mailbox_->put(StreamEvent{.kind = StreamEvent::Kind::kClosed, .stream = number_});
    return;
  }
  mailbox_->put(
      StreamEvent{.kind = StreamEvent::Kind::kAcknowledged, .stream = number_, .acknowledged = reading_});
  StartRead(&reading_);
}

void BatchStream::OnDone(const grpc::Status& status) {
  const std::shared_ptr<Mailbox> mailbox = mailbox_;
  std::string reason = status.ok() ? "it ended the stream" : status.error_message();
  // After this `*this` may be gone.
  mailbox->put(
      StreamEvent{.kind = StreamEvent::Kind::kEnded, .stream = number_, .reason = std::move(reason)});
}

}  // namespace faastax::sender
