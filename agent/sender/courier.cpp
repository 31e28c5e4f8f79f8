// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/courier.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "agent/sender/channel.hpp"

namespace faastax::sender {
namespace {

constexpr std::size_t kMostBytes = 1U << 20;  // gRPC takes messages of up to 4 MiB
constexpr std::chrono::seconds kIdle{5};

}  // namespace

Courier::Courier(CollectorAddress collector, std::string version, spool::Spool& spool,
                 std::shared_ptr<Mailbox> mailbox)
    : collector_(std::move(collector)),
      version_(std::move(version)),
      spool_(spool),
      mailbox_(std::move(mailbox)),
      backoff_(std::random_device{}()) {}

void Courier::open(TimePoint now) {
  auto channel = open_channel(collector_);
  if (!channel) return broken(channel.error(), now);
  stream_ = std::make_unique<BatchStream>(std::move(*channel), ++stream_number_, mailbox_);
  window_ = {};
  position_ = spool_.first_unsent();
  writing_ = closed_ = connected_ = false;
}

void Courier::go_on(TimePoint now) {
  if (!stream_ && now >= open_at_ && spool_.records() != 0) open(now);
  if (!stream_ || closed_) return;
  if (!window_.empty() && now >= waiting_since_ + kAnswerWithin) {
    return cancel("no answer within " + std::to_string(kAnswerWithin.count()) + " s");
  }
  if (!writing_ && window_.has_room()) send_batch(now);
}

void Courier::send_batch(TimePoint now) {
  // What was acknowledged in a life before, where the spool was opened after the stream.
  position_ = std::max(position_, spool_.first_unsent());
  auto frames = spool_.read(position_, StreamWindow::kMostRecords, kMostBytes);
  if (frames.empty()) return;
  v1::RecordBatch batch;
  for (const spool::Frame& frame : frames) {
    // Its checksum was right, so this agent or an older one wrote it. What is no record all the same never
    // gets there.
    if (!batch.add_records()->ParseFromString(frame.payload)) batch.mutable_records()->RemoveLast();
  }
  const auto sent = static_cast<std::size_t>(batch.records_size());
  position_ = frames.back().index + 1;
  if (window_.empty()) waiting_since_ = now;
  batch.set_number(window_.leave(position_, sent, frames.size() - sent));
  batch.set_agent_version(version_);
  spool_.mark_sent(position_);
  writing_ = true;
  stream_->write(std::move(batch));
}

void Courier::take(const StreamEvent& event, TimePoint now) {
  if (event.stream != stream_number_) return;
  switch (event.kind) {
    case StreamEvent::Kind::kWritten:
      writing_ = false;
      return;
    case StreamEvent::Kind::kAcknowledged:
      return acknowledged(event.acknowledged, now);
    case StreamEvent::Kind::kClosed:
      closed_ = true;
      return stream_->release();
    case StreamEvent::Kind::kEnded:
      stream_.reset();
      return broken(event.reason, now);
  }
}

void Courier::acknowledged(const v1::BatchAcknowledged& answer, TimePoint now) {
  const auto batch = window_.arrive(answer.number());
  if (!batch) {
    return cancel("it acknowledged batch " + std::to_string(answer.number()) + ", which was not its turn");
  }
  waiting_since_ = now;
  if (!connected_) spdlog::info("collector {}: takes records", collector_.target);
  connected_ = true;
  problem_.clear();
  warned_of_.clear();
  backoff_.reset();
  spool_.acknowledge(batch->end);
  const std::size_t refused = std::min(static_cast<std::size_t>(answer.refused_size()), batch->records);
  refused_ += refused + batch->unreadable;
  stored_ += batch->records - refused;
  if (batch->unreadable != 0) {
    spdlog::warn("collector {}: {} records of the spool cannot be read", collector_.target,
                 batch->unreadable);
  }
  if (refused != 0) {
    spdlog::warn("collector {}: refused {} of {} records: {}", collector_.target, refused, batch->records,
                 answer.refused(0).reason());
  }
}

void Courier::broken(const std::string& reason, TimePoint now) {
  problem_ = cancelled_for_.empty() ? reason : std::exchange(cancelled_for_, {});
  // Once: it is tried again and again.
  if (problem_ != warned_of_) {
    spdlog::warn("collector {}: {}; records wait in the spool", collector_.target, problem_);
  }
  warned_of_ = problem_;
  connected_ = false;
  window_ = {};
  spool_.give_up_sent();
  open_at_ = now + backoff_.next();
}

void Courier::cancel(const std::string& reason) {
  if (!stream_) return;
  cancelled_for_ = reason;
  stream_->cancel();
}

void Courier::end() {
  warned_of_ = "the agent ends";
  cancel(warned_of_);
}

Courier::TimePoint Courier::next(TimePoint now) const {
  if (!stream_) return std::max(open_at_, now);
  return std::min(now + kIdle, window_.empty() ? now + kIdle : waiting_since_ + kAnswerWithin);
}

void Courier::describe(SenderStatus& status) const {
  status.stored = stored_;
  status.refused = refused_;
  status.connected = connected_;
  status.stream_problem = problem_;
}

}  // namespace faastax::sender
