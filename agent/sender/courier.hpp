// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "agent/sender/backoff.hpp"
#include "agent/sender/batch_stream.hpp"
#include "agent/sender/collector_address.hpp"
#include "agent/sender/mailbox.hpp"
#include "agent/sender/sender_status.hpp"
#include "agent/sender/stream_window.hpp"
#include "agent/spool/spool.hpp"

namespace faastax::sender {

/// Carries what is in the spool to the collector: opens a stream, keeps a few batches on their way, starts
/// again after a while when it breaks. One thread.
class Courier {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// An acknowledgement that takes longer does not come: the stream is given up.
  static constexpr std::chrono::seconds kAnswerWithin{30};

  /// `spool` must outlive it.
  Courier(CollectorAddress collector, std::string version, spool::Spool& spool,
          std::shared_ptr<Mailbox> mailbox);

  void take(const StreamEvent& event, TimePoint now);

  /// Opens a stream if it is time, and sends what may be sent.
  void go_on(TimePoint now);

  /// Gives the stream up; is_idle() comes true once its end has been taken.
  void cancel(const std::string& reason);

  /// The same because all ends: no news for the log.
  void end();

  /// A stream that does not end is left to gRPC, which still calls it.
  void abandon() { static_cast<void>(stream_.release()); }

  /// When go_on() has to be called even if nothing happens.
  TimePoint next(TimePoint now) const;

  bool is_idle() const { return !stream_; }
  bool connected() const { return connected_; }

  void describe(SenderStatus& status) const;

 private:
  void open(TimePoint now);
  void send_batch(TimePoint now);
  void acknowledged(const v1::BatchAcknowledged& answer, TimePoint now);
  void broken(const std::string& reason, TimePoint now);

  CollectorAddress collector_;
  std::string version_;
  spool::Spool& spool_;
  std::shared_ptr<Mailbox> mailbox_;
  Backoff backoff_;
  std::unique_ptr<BatchStream> stream_;
  std::uint64_t stream_number_ = 0;
  StreamWindow window_;
  std::uint64_t position_ = 0;  ///< index of the next record to send
  bool writing_ = false;
  bool closed_ = false;  ///< nothing may be written to the stream any more
  bool connected_ = false;
  TimePoint open_at_{};
  TimePoint waiting_since_{};  ///< for the answer to the oldest batch
  std::uint64_t stored_ = 0;
  std::uint64_t refused_ = 0;
  std::string problem_;        ///< of the last stream; empty once one works
  std::string cancelled_for_;  ///< why this one is given up
  std::string warned_of_;      ///< the last problem that the log tells
};

}  // namespace faastax::sender
