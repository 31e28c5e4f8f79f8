// SPDX-License-Identifier: Apache-2.0
#include "ledger/timeline.hpp"

namespace faastax::ledger {
Timeline::Moment Timeline::moment_of(const Totals& books, Nanoseconds time) {
  Moment moment{.time = time,
                .idle = books.idle,
                .memory = books.memory_byte_seconds,
                .overhead = books.overhead_byte_seconds,
                .started = books.started};
  for (std::size_t i = 0; i < kActivities; ++i) moment.cpu[i] = books.cpu.of(static_cast<Activity>(i));
  for (const auto& [name, function] : books.functions) moment.completed += function.completed;
  return moment;
}

void Timeline::begin(const Totals& books, Nanoseconds time) {
  moments_.clear();
  period_ = options_.period;
  open_ = options_.most >= 2;
  if (open_) moments_.push_back(moment_of(books, time));
}

void Timeline::advance(const Totals& books, Nanoseconds time) {
  if (!open_ || time < moments_.back().time + period_) return;
  if (moments_.size() >= options_.most) thin();
  if (time >= moments_.back().time + period_) moments_.push_back(moment_of(books, time));
}

void Timeline::end(const Totals& books, Nanoseconds time) {
  if (!open_) return;
  open_ = false;
  if (time > moments_.back().time) {
    moments_.push_back(moment_of(books, time));
  } else {
    moments_.back() = moment_of(books, moments_.back().time);
  }
}

/// Every second bound goes: stretches become twice as long.
void Timeline::thin() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < moments_.size(); i += 2) moments_[kept++] = moments_[i];
  moments_.resize(kept);
  period_ *= 2;
}

TimelinePoint Timeline::between(const Moment& before, const Moment& after, Nanoseconds start) {
  TimelinePoint point{.start_seconds = seconds(before.time - start),
                      .seconds = seconds(after.time - before.time),
                      .idle_seconds = seconds(after.idle - before.idle),
                      .overhead_byte_seconds = after.overhead - before.overhead,
                      .started = after.started - before.started,
                      .completed = after.completed - before.completed};
  for (std::size_t i = 0; i < kActivities; ++i) point.cpu_seconds[i] = seconds(after.cpu[i] - before.cpu[i]);
  for (std::size_t i = 0; i < kInstanceStates; ++i) {
    point.memory_byte_seconds[i] = after.memory[i] - before.memory[i];
  }
  return point;
}

std::vector<TimelinePoint> Timeline::points() const {
  std::vector<TimelinePoint> result;
  for (std::size_t i = 1; i < moments_.size(); ++i) {
    result.push_back(between(moments_[i - 1], moments_[i], moments_.front().time));
  }
  return result;
}

}  // namespace faastax::ledger
