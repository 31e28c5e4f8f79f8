// SPDX-License-Identifier: Apache-2.0
#include "tests/helpers/records/load.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "tests/helpers/records/load_agent.hpp"

namespace faastax::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using std::chrono::milliseconds;

constexpr milliseconds kTick{5};
constexpr milliseconds kRetryPeriod{200};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Load {
 public:
  explicit Load(const LoadOptions& options) : options_(options) {
    if (!options.acknowledged.empty()) uids_.open(options.acknowledged);
    const LoadTally tally{.acknowledged = [this](const SampleRecord& record, std::uint64_t first,
                                                 std::uint64_t count) { acknowledged(record, first, count); },
                          .broken = [this](const std::string& why) { broken(why); },
                          .refused = [this] { ++refused_; }};
    tally_ = tally;
    std::random_device random;
    const auto boot = random();
    for (std::uint32_t i = 0; i < options.agents; ++i) {
      agents_.push_back(std::make_unique<LoadAgent>(options.target, fmt::format("{}-{:05}", options.name, i),
                                                    fmt::format("{:08x}", boot + i), tally_));
    }
  }

  bool run() {
    const auto began = Clock::now();
    const auto end = began + std::chrono::duration_cast<Clock::duration>(duration<double>(options_.seconds));
    for (auto now = began; now < end; now = Clock::now()) {
      kick(now - began);
      std::this_thread::sleep_for(kTick);
    }
    const auto measured = records_.load();
    const double took = duration<double>(Clock::now() - began).count();
    const double cpu = cpu_seconds();
    const std::size_t left = settle();
    fmt::print(
        "{{\"agents\": {}, \"seconds\": {:.3f}, \"records\": {}, \"records_per_second\": {:.0f}, "
        "\"acknowledged\": {}, \"breaks\": {}, \"refused\": {}, \"left\": {}, \"cpu_seconds\": {:.3f}}}\n",
        options_.agents, took, measured, static_cast<double>(measured) / took, records_.load(),
        breaks_.load(), refused_.load(), left, cpu);
    for (auto& agent : agents_) agent->stop();
    return left == 0;
  }

 private:
  /// Agents send in turn, so that the rate is even; one whose batch is still under way is passed over.
  void kick(Clock::duration since) {
    retry();
    const double due = options_.rate == 0 ? 0 : options_.rate * duration<double>(since).count();
    for (std::size_t tried = 0; tried < agents_.size(); ++tried) {
      if (options_.rate != 0 && sent_ + options_.batch > due + options_.batch - 1) return;
      auto& agent = *agents_[turn_];
      turn_ = (turn_ + 1) % agents_.size();
      if (agent.send(options_.batch)) sent_ += options_.batch;
    }
  }

  void retry() {
    if (Clock::now() < next_retry_) return;
    next_retry_ = Clock::now() + kRetryPeriod;
    if (breaks_ == 0) return;
    for (auto& agent : agents_) agent->retry();
  }

  std::size_t settle() {
    const auto end =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(duration<double>(options_.grace_seconds));
    while (true) {
      std::size_t busy = 0;
      for (const auto& agent : agents_) busy += agent->idle() ? 0 : 1;
      if (busy == 0 || Clock::now() > end) return busy;
      retry();
      std::this_thread::sleep_for(kTick);
    }
  }

  void acknowledged(const SampleRecord& record, std::uint64_t first, std::uint64_t count) {
    records_ += count;
    if (!uids_.is_open()) return;
    const std::lock_guard lock(mutex_);
    for (std::uint64_t i = 0; i < count; ++i) uids_ << record.uid(first + i) << '\n';
    uids_.flush();
  }

  void broken(const std::string& why) {
    ++breaks_;
    const std::lock_guard lock(mutex_);
    if (reasons_[why]++ == 0) fmt::print(stderr, "stream broken: {}\n", why);
  }

  const LoadOptions options_;
  LoadTally tally_;
  std::atomic<std::uint64_t> records_ = 0;
  std::atomic<std::uint64_t> breaks_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::mutex mutex_;  ///< guards uids_ and reasons_
  std::ofstream uids_;
  std::map<std::string, int> reasons_;
  std::uint64_t sent_ = 0;
  std::size_t turn_ = 0;
  Clock::time_point next_retry_{};
  std::vector<std::unique_ptr<LoadAgent>> agents_;
};

}  // namespace

bool play(const LoadOptions& options) { return Load(options).run(); }

}  // namespace faastax::test
