// SPDX-License-Identifier: Apache-2.0
#include "tests/helpers/records/load_agent.hpp"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <condition_variable>
#include <utility>

#include "proto/collector.pb.h"

namespace faastax::test {
namespace {

constexpr auto kMethod = "/faastax.v1.Collector/Send";

}  // namespace

/// Keeps itself until gRPC is done with it.
class LoadAgent::Stream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                                public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(LoadAgent& agent) : agent_(agent) {}

  void start() {
    self_ = shared_from_this();
    agent_.stub_.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
    AddHold();  // writes come from outside of reactions
    StartRead(&answer_);
    StartCall();
  }
  /// Nothing is written to a stream that ends: its batch is sent again.
  void write(const std::string& batch) {
    const grpc::Slice slice(batch);
    const std::lock_guard lock(mutex_);
    next_ = grpc::ByteBuffer(&slice, 1);
    pending_ = true;
    write_next();
  }
  void cancel() {
    context_.TryCancel();
    let_go();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    done_signal_.wait(lock, [this] { return done_; });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return let_go();
    agent_.on_answer(answer_);
    StartRead(&answer_);
  }
  /// May come after the answer to what was written.
  void OnWriteDone(bool) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    write_next();
  }
  void OnDone(const grpc::Status& status) override {
    agent_.on_broken(status.ok() ? "the collector ended the stream" : status.error_message());
    const auto self = std::move(self_);
    const std::lock_guard lock(mutex_);
    done_ = true;
    done_signal_.notify_all();
  }

 private:
  void write_next() {
    if (!pending_ || writing_ || !held_) return;
    pending_ = false;
    writing_ = true;
    out_.Swap(&next_);
    StartWrite(&out_);
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(held_, false)) RemoveHold();
  }

  LoadAgent& agent_;
  grpc::ClientContext context_;
  grpc::ByteBuffer out_;
  grpc::ByteBuffer answer_;
  std::shared_ptr<Stream> self_;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable done_signal_;
  grpc::ByteBuffer next_;
  bool pending_ = false;  ///< next_ is to be written
  bool writing_ = false;
  bool held_ = true;
  bool done_ = false;
};

LoadAgent::LoadAgent(const Target& target, const std::string& node, const std::string& boot,
                     const LoadTally& tally)
    : channel_(connect(target)), stub_(channel_), record_(node, boot), tally_(tally) {}

LoadAgent::~LoadAgent() { stop(); }

void LoadAgent::stop() {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard lock(mutex_);
    stream = std::exchange(stream_, nullptr);
  }
  if (stream == nullptr) return;
  stream->cancel();
  stream->wait();
}

bool LoadAgent::idle() const {
  const std::lock_guard lock(mutex_);
  return under_way_ == 0;
}

bool LoadAgent::send(std::uint32_t count) {
  const std::lock_guard lock(mutex_);
  if (under_way_ != 0) return false;
  under_way_ = count;
  ++number_;
  write();
  return true;
}

bool LoadAgent::retry() {
  const std::lock_guard lock(mutex_);
  if (!broken_ || under_way_ == 0) return false;
  write();
  return true;
}

void LoadAgent::write() {
  broken_ = false;
  if (stream_ == nullptr) {
    stream_ = std::make_shared<Stream>(*this);
    stream_->start();
  }
  std::string batch = batch_head(number_);
  batch.reserve(batch.size() + record_.size() * under_way_);
  for (std::uint64_t i = 0; i < under_way_; ++i) record_.append_to(batch, next_ + i);
  stream_->write(batch);
}

void LoadAgent::on_answer(const grpc::ByteBuffer& answer) {
  v1::BatchAcknowledged acknowledged;
  grpc::ByteBuffer copy = answer;
  grpc::SerializationTraits<v1::BatchAcknowledged>::Deserialize(&copy, &acknowledged);
  const std::lock_guard lock(mutex_);
  if (acknowledged.number() != number_ || under_way_ == 0) return;
  if (acknowledged.refused_size() != 0) tally_.refused();
  tally_.acknowledged(record_, next_, under_way_);
  next_ += under_way_;
  under_way_ = 0;
}

void LoadAgent::on_broken(const std::string& why) {
  const std::lock_guard lock(mutex_);
  stream_ = nullptr;
  broken_ = true;
  if (under_way_ != 0) tally_.broken(why);
}

}  // namespace faastax::test
