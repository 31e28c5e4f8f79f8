// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/client_callback.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "tests/helpers/records/sample_record.hpp"
#include "tests/helpers/records/target.hpp"

namespace faastax::test {

/// What all agents of a load have in common.
struct LoadTally {
  std::function<void(const SampleRecord& record, std::uint64_t first, std::uint64_t count)> acknowledged;
  std::function<void(const std::string& why)> broken;  ///< a stream ended; its batch will be sent again
  std::function<void()> refused;
};

/// One agent: a connection and a stream of its own, one batch under way at a time. When the stream breaks,
/// retry() sends the same batch again on a new one.
class LoadAgent {
 public:
  LoadAgent(const Target& target, const std::string& node, const std::string& boot, const LoadTally& tally);
  ~LoadAgent();
  LoadAgent(const LoadAgent&) = delete;
  LoadAgent& operator=(const LoadAgent&) = delete;

  /// Sends a batch of so many new records, unless one is under way.
  bool send(std::uint32_t count);
  /// Sends the batch of a broken stream again; true if there was one.
  bool retry();
  /// Nothing is under way.
  bool idle() const;
  /// Ends the stream and waits until it has.
  void stop();

 private:
  class Stream;
  void write();
  void on_answer(const grpc::ByteBuffer& answer);
  void on_broken(const std::string& why);

  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  SampleRecord record_;
  const LoadTally& tally_;

  mutable std::mutex mutex_;  ///< guards what follows
  std::shared_ptr<Stream> stream_;
  std::uint64_t next_ = 1;    ///< record
  std::uint64_t number_ = 0;  ///< batch
  std::uint32_t under_way_ = 0;
  bool broken_ = false;
};

}  // namespace faastax::test
