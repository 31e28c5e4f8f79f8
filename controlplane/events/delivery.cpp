// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/delivery.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include "controlplane/events/collector_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <deque>
#include <fstream>
#include <mutex>
#include <random>
#include <span>
#include <thread>
#include <vector>

namespace faastax::events {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kMostWaiting = 100'000;
constexpr std::size_t kBatch = 100;
constexpr std::chrono::milliseconds kGather{50};  // for a batch to be more than one event
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5'000};

}  // namespace

/// The thread and what is its own. `incoming_` alone is shared.
class Delivery::Worker {
 public:
  explicit Worker(DeliveryOptions options) : options_(std::move(options)), wake_(io_) {
    if (options_.collector) client_.emplace(io_, *options_.collector, options_.token);
  }
  ~Worker() {
    if (thread_.joinable()) finish(std::chrono::milliseconds(0));
  }

  base::Result<void> open() {
    if (options_.file) {
      file_.open(*options_.file, std::ios::binary | std::ios::app);
      if (!file_) return base::failure("cannot write " + options_.file->string(), errno);
    }
    asio::co_spawn(io_, deliver(), asio::detached);  // before any event: it gathers the first batch too
    thread_ = std::thread([this] { run(); });
    return {};
  }

  void take(scaling::ScalingEvent event) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      ++taken_;
      first = incoming_.empty();
      if (incoming_.size() < kMostWaiting) {
        incoming_.push_back(std::move(event));
      } else {
        ++overflowed_;
      }
    }
    if (first) asio::post(io_, [this] { move_incoming(); });
  }

  DeliveryCounts finish(std::chrono::milliseconds limit) {
    asio::post(io_, [this, limit] {
      move_incoming();
      give_up_at_ = Clock::now() + limit;
      wake_.cancel();
    });
    thread_.join();
    counts_.taken = taken_;
    counts_.lost_to_file += overflowed_;
    if (client_) counts_.lost += overflowed_ + waiting_.size();
    if (overflowed_ > 0) counts_.why = "too many events waited";
    return counts_;
  }

 private:
  void run() {
    pthread_setname_np(pthread_self(), "events");
    io_.run();
    if (options_.file) close_file();
  }

  void move_incoming() {
    std::vector<scaling::ScalingEvent> came;
    {
      const std::lock_guard lock(mutex_);
      came.swap(incoming_);
    }
    if (options_.file && !std::exchange(measured_, true)) measure();
    for (scaling::ScalingEvent& event : came) {
      if (options_.file) file_ << scaling::to_json(event) << '\n';
      if (!client_) continue;
      if (waiting_.size() < kMostWaiting) {
        waiting_.push_back(std::move(event));
      } else {
        lose(1, "too many events waited for the collector");
      }
    }
    if (options_.file) write_through(came.size());
    if (idle_) wake_.cancel();
  }

  // Before the first event, not at the opening: until then others may still have emptied the file.
  void measure() {
    std::error_code not_regular;
    const std::uintmax_t size = std::filesystem::file_size(*options_.file, not_regular);
    if (!not_regular) whole_ = static_cast<std::streamoff>(size);
  }

  // Events are few: each group is in the file once it is written.
  void write_through(std::size_t events) {
    if (file_.flush()) {
      if (whole_ >= 0) whole_ = file_.tellp();
      return;
    }
    counts_.why = "cannot write " + options_.file->string();
    counts_.lost_to_file += events;
    // The stream keeps what it could not write, and of that a part is in the file: a line without an end.
    file_.close();
    std::error_code ignored;
    if (whole_ >= 0)
      std::filesystem::resize_file(*options_.file, static_cast<std::uintmax_t>(whole_), ignored);
    file_.clear();
    file_.open(*options_.file, std::ios::binary | std::ios::app);
  }

  void close_file() {
    file_.close();
    if (file_.fail()) counts_.why = "cannot write " + options_.file->string();
  }

  void lose(std::size_t events, std::string why) {
    counts_.lost += events;
    counts_.why = std::move(why);
  }

  asio::awaitable<void> pause(std::chrono::milliseconds time) {
    boost::system::error_code cancelled;
    wake_.expires_after(time);
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }

  asio::awaitable<void> deliver() {
    std::chrono::milliseconds next_pause = kFirstPause;
    for (;;) {
      if (waiting_.empty()) {
        if (give_up_at_) break;
        idle_ = true;
        co_await pause(std::chrono::hours(1));
        idle_ = false;
        if (!give_up_at_) co_await pause(kGather);
        continue;
      }
      const bool last_try = give_up_at_ && Clock::now() >= *give_up_at_;
      const Answer answer = co_await send_batch();
      if (answer.kind != Answer::Kind::kFailed) {
        next_pause = kFirstPause;
        if (!last_try || waiting_.empty()) continue;
        counts_.why = "the collector was too slow";
        break;
      }
      counts_.why = answer.why;
      if (last_try || (give_up_at_ && Clock::now() >= *give_up_at_)) break;
      auto time = jittered(next_pause);
      if (give_up_at_)
        time = std::min(time, std::chrono::ceil<std::chrono::milliseconds>(*give_up_at_ - Clock::now()));
      co_await pause(time);
      next_pause = std::min(next_pause * 2, kLongestPause);
    }
    work_.reset();
  }

  asio::awaitable<Answer> send_batch() {
    const std::size_t count = std::min(waiting_.size(), alone_ > 0 ? 1 : kBatch);
    const std::vector<scaling::ScalingEvent> batch(waiting_.begin(),
                                                   waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    Answer answer = co_await client_->send(scaling::to_json(std::span(batch)));
    if (answer.kind == Answer::Kind::kFailed) co_return answer;
    if (answer.kind == Answer::Kind::kRefused && count > 1) {
      alone_ = count;  // for one that is wrong the others are not lost: what is stored already counts once
      co_return answer;
    }
    if (alone_ > 0) --alone_;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    if (answer.kind == Answer::Kind::kStored) {
      counts_.stored += count;
    } else {
      lose(count, answer.why);
    }
    co_return answer;
  }

  // From half of it to all of it: many control planes do not come back at once.
  std::chrono::milliseconds jittered(std::chrono::milliseconds pause) {
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(pause.count() / 2, pause.count())(random_));
  }

  DeliveryOptions options_;
  std::mutex mutex_;
  std::vector<scaling::ScalingEvent> incoming_;  ///< guarded by mutex_
  std::uint64_t taken_ = 0;                      ///< guarded by mutex_
  std::uint64_t overflowed_ = 0;                 ///< guarded by mutex_
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  asio::steady_timer wake_;
  std::optional<CollectorClient> client_;
  std::ofstream file_;
  bool measured_ = false;
  std::streamoff whole_ = -1;  ///< bytes of the file that are whole lines; -1: it is no regular file
  std::deque<scaling::ScalingEvent> waiting_;  ///< for the collector
  std::size_t alone_ = 0;                      ///< of these, the first: sent one by one
  std::optional<Clock::time_point> give_up_at_;
  bool idle_ = false;
  std::minstd_rand random_{std::random_device{}()};
  DeliveryCounts counts_;
  std::thread thread_;
};

Delivery::Delivery(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
Delivery::~Delivery() = default;

base::Result<std::unique_ptr<Delivery>> Delivery::open(DeliveryOptions options) {
  auto worker = std::make_unique<Worker>(std::move(options));
  if (auto opened = worker->open(); !opened) return base::failure(opened.error());
  return std::unique_ptr<Delivery>(new Delivery(std::move(worker)));
}

void Delivery::take(scaling::ScalingEvent event) { worker_->take(std::move(event)); }
DeliveryCounts Delivery::finish(std::chrono::milliseconds limit) { return worker_->finish(limit); }

base::Result<std::string> read_token(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string token;
  if (!std::getline(stream, token)) return base::failure("cannot read a token from " + file.string());
  while (token.ends_with('\r') || token.ends_with(' ')) token.pop_back();
  if (token.empty()) return base::failure(file.string() + ": its first line is empty, and no token");
  return token;
}

}  // namespace faastax::events
