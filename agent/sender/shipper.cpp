// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/shipper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "agent/sender/courier.hpp"
#include "agent/sender/mailbox.hpp"

namespace faastax::sender {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kRetrySpool{2};
constexpr std::chrono::seconds kCancelWithin{5};

}  // namespace

/// What the thread owns.
class Shipper::Loop {
 public:
  Loop(const ShipperOptions& options, std::shared_ptr<Mailbox> mailbox)
      : spool_(options.spool),
        mailbox_(std::move(mailbox)),
        courier_(options.collector, options.version, spool_, mailbox_) {
    watch_spool();
  }

  /// Waits for something to do, no longer than `until`, and does it. False when told to stop.
  bool step(steady_clock::time_point until = steady_clock::time_point::max()) {
    const auto now = steady_clock::now();
    auto wake = std::min(until, spool_.problem().empty() ? now + kRetrySpool : retry_at_);
    if (!courier_.is_idle() || spool_.records() != 0) wake = std::min(wake, courier_.next(now));
    const Mailbox::Contents mail = mailbox_->take(wake);
    keep(mail);
    const auto then = steady_clock::now();
    for (const StreamEvent& event : mail.events) courier_.take(event, then);
    retry_spool(then);
    courier_.go_on(then);
    watch_spool();
    return !mail.stop;
  }

  /// Nothing waits for an answer that could come soon.
  bool is_done() const { return spool_.records() == 0 || (courier_.is_idle() && !courier_.connected()); }

  void end() {
    courier_.end();
    // gRPC calls back until the stream has ended.
    const auto until = steady_clock::now() + kCancelWithin;
    while (!courier_.is_idle() && steady_clock::now() < until) {
      for (const StreamEvent& event : mailbox_->take(until).events) courier_.take(event, steady_clock::now());
    }
    if (!courier_.is_idle()) courier_.abandon();
    spool_.close();
  }

  SenderStatus status() const {
    SenderStatus status{.known = true};
    courier_.describe(status);
    status.lost = spool_.lost();
    status.lost_before = spool_.lost_before();
    status.waiting = spool_.records();
    status.spool_bytes = spool_.bytes();
    status.spool_problem = spool_.problem();
    return status;
  }

 private:
  void keep(const Mailbox::Contents& mail) {
    spool_.count_lost(mail.refused);
    for (const v1::Record& record : mail.records) {
      if (!record.has_node_ledger()) {
        spool_.append(record.SerializeAsString());
        continue;
      }
      spool_.append_telling([&record](std::uint64_t losses) {
        v1::Record telling = record;
        telling.mutable_node_ledger()->set_lost_records(losses);
        return telling.SerializeAsString();
      });
    }
  }

  void retry_spool(steady_clock::time_point now) {
    if (spool_.problem().empty() || now < retry_at_) return;
    retry_at_ = now + kRetrySpool;
    spool_.retry();
  }

  void watch_spool() {
    if (spool_.problem() == problem_) return;
    const bool first = problem_.empty();
    problem_ = spool_.problem();
    if (problem_.empty()) return spdlog::info("spool: written again");
    if (!first) return;
    retry_at_ = steady_clock::now() + kRetrySpool;
    spdlog::warn("spool: {}; records wait in memory, and what does not fit there is lost", problem_);
  }

  spool::Spool spool_;
  std::shared_ptr<Mailbox> mailbox_;
  Courier courier_;
  steady_clock::time_point retry_at_{};
  std::string problem_;
};

Shipper::Shipper(ShipperOptions options) : mailbox_(std::make_shared<Mailbox>()) {
  thread_ = std::jthread([this, options = std::move(options)] { run(options); });
}

Shipper::~Shipper() { stop(std::chrono::milliseconds(0)); }

void Shipper::put(std::vector<v1::Record> records) {
  if (!records.empty()) mailbox_->put(std::move(records));
}

void Shipper::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    patience_ = patience;
  }
  mailbox_->stop();
  thread_.join();
}

SenderStatus Shipper::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Shipper::tell(const SenderStatus& status) {
  const std::lock_guard lock(mutex_);
  status_ = status;
}

void Shipper::run(const ShipperOptions& options) {
  if (options.on_thread) options.on_thread();
  Loop loop(options, mailbox_);
  tell(loop.status());
  while (loop.step()) tell(loop.status());
  std::chrono::milliseconds patience;
  {
    const std::lock_guard lock(mutex_);
    patience = patience_;
  }
  const auto until = steady_clock::now() + patience;
  while (!loop.is_done() && steady_clock::now() < until) {
    loop.step(until);
    tell(loop.status());
  }
  loop.end();
  tell(loop.status());
}

}  // namespace faastax::sender
