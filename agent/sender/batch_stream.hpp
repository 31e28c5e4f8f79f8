// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <cstdint>
#include <memory>

#include "agent/sender/mailbox.hpp"
#include "proto/collector.grpc.pb.h"

namespace faastax::sender {

/// One stream of batches and what comes back, told to a mailbox. It may go once its end is told, not before.
class BatchStream final : public grpc::ClientBidiReactor<v1::RecordBatch, v1::BatchAcknowledged> {
 public:
  /// `number` tells this stream's events from those of others.
  BatchStream(std::shared_ptr<grpc::Channel> channel, std::uint64_t number, std::shared_ptr<Mailbox> mailbox);

  /// One at a time: the next after kWritten.
  void write(v1::RecordBatch batch);

  /// Nothing is written any more: after kClosed. kEnded follows.
  void release() { RemoveHold(); }

  /// kClosed follows.
  void cancel() { context_.TryCancel(); }

 private:
  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  const std::uint64_t number_;
  const std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Collector::Stub> stub_;
  grpc::ClientContext context_;
  v1::RecordBatch writing_;
  v1::BatchAcknowledged reading_;
};

}  // namespace faastax::sender
