// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/committer.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "collector/ingest/unix_time.hpp"

namespace faastax::collector {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// More make a transaction no cheaper a record, and those who wait wait longer.
constexpr std::size_t kMostTogether = 10'000;

// From where on more make it little cheaper: no waiting for them.
constexpr std::size_t kEnough = 4'000;
constexpr milliseconds kLeastApart{100};

constexpr auto kEnds = "the collector ends";

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{1000};
constexpr milliseconds kMaintenancePeriod{1000};
constexpr std::chrono::seconds kCheckPeriod{5};  // without anything to store, how late a dead store shows

std::size_t many_of(const Deposit& deposit) { return deposit.records.size() + deposit.events.size(); }

}  // namespace

Committer::Committer(store::Store& store, const CommitterOptions& options, CommitObserver& observer)
    : store_(store), options_(options), observer_(observer), thread_([this] { run(); }), doorman_([this] {
        admit();
      }) {}

Committer::~Committer() { finish(); }

void Committer::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_one();
  room_.notify_one();
  if (doorman_.joinable()) doorman_.join();
  if (thread_.joinable()) thread_.join();
}

bool Committer::reserve(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (waiting_bytes_ != 0 && waiting_bytes_ + bytes > options_.max_waiting_bytes) return false;
  waiting_bytes_ += bytes;
  return true;
}

void Committer::release(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  waiting_bytes_ -= bytes;
  if (has_room()) room_.notify_one();
}

void Committer::submit(std::unique_ptr<Deposit> deposit) {
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) {
      waiting_many_ += many_of(*deposit);
      waiting_.push_back(std::move(deposit));
      wanted = waiting_.size() == 1 || is_enough();
    }
  }
  if (wanted) changed_.notify_one();
  if (deposit == nullptr) return;
  release(deposit->bytes);
  deposit->given_up(kEnds);
}

Committer::Ticket Committer::when_room(Wake wake) {
  const std::lock_guard lock(mutex_);
  const auto ticket = next_ticket_++;
  parked_.emplace(ticket, std::move(wake));
  if (has_room()) room_.notify_one();  // it came in between
  return ticket;
}

bool Committer::forget(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  return parked_.erase(ticket) != 0;
}

base::Result<void> Committer::state() const {
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) return {};
  return base::failure(problem_);
}

std::size_t Committer::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_;
}

void Committer::run() {
  while (!ended()) {
    wait();
    take();
    if (!group_.empty()) commit();
    maintain(steady_clock::now());
  }
  give_up();
}

void Committer::give_up() {
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(waiting_, std::back_inserter(group_));
    waiting_.clear();
    waiting_many_ = 0;
    ended_ = true;
  }
  for (auto& deposit : group_) deposit->given_up(kEnds);
  group_.clear();
}

bool Committer::ended() const {
  const std::lock_guard lock(mutex_);
  if (!finishing_) return false;
  return !problem_.empty() || (waiting_.empty() && group_.empty());
}

void Committer::wait() {
  std::unique_lock lock(mutex_);
  if (pause_ > milliseconds(0)) {  // the store is unavailable: what comes in between changes nothing
    changed_.wait_for(lock, pause_, [this] { return finishing_; });
    return;
  }
  changed_.wait_until(lock, next_maintenance_, [this] { return finishing_ || !waiting_.empty(); });
  if (waiting_.empty()) return;
  changed_.wait_until(lock, last_began_ + kLeastApart, [this] { return finishing_ || is_enough(); });
}

/// What waits is worth a transaction, or nothing may be added to it.
bool Committer::is_enough() const { return waiting_many_ >= kEnough || !has_room(); }

/// Adds to the group what waits, up to what is stored together.
void Committer::take() {
  std::size_t many = 0;
  std::size_t bytes = 0;
  const auto add = [&](const Deposit& deposit) {
    many += many_of(deposit);
    bytes += deposit.bytes;
  };
  for (const auto& deposit : group_) add(*deposit);
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty() && many < kMostTogether && bytes < options_.max_together_bytes) {
    add(*waiting_.front());
    waiting_many_ -= many_of(*waiting_.front());
    group_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

void Committer::commit() {
  std::vector<const v1::Record*> records;
  std::vector<std::string_view> wires;
  std::vector<scaling::ScalingEvent> events;
  for (const auto& deposit : group_) {
    wires.insert(wires.end(), deposit->wires.begin(), deposit->wires.end());
    wires.resize(records.size() + deposit->records.size());
    records.insert(records.end(), deposit->records.begin(), deposit->records.end());
    events.insert(events.end(), deposit->events.begin(), deposit->events.end());
  }
  const auto began = steady_clock::now();
  last_began_ = began;
  const auto result = store_.put(records, events, wires);
  if (!result) {
    set_state(base::failure(result.error()));
    return keep_what_may_wait(result.error());
  }
  observer_.committed(records.size() + events.size(), steady_clock::now() - began);
  observer_.records_stored(records, result->records);
  observer_.events_stored(events, result->events);
  set_state({});
  settle(*result);
}

void Committer::settle(const store::PutResult& result) {
  std::span<const store::Verdict> records = result.records;
  std::span<const store::Verdict> events = result.events;
  std::size_t bytes = 0;
  for (const auto& deposit : group_) {
    deposit->stored(records.first(deposit->records.size()), events.first(deposit->events.size()));
    records = records.subspan(deposit->records.size());
    events = events.subspan(deposit->events.size());
    bytes += deposit->bytes;
  }
  group_.clear();
  release(bytes);
}

void Committer::keep_what_may_wait(const std::string& why) {
  std::size_t bytes = 0;
  std::erase_if(group_, [&](const auto& deposit) {
    if (deposit->failed(why)) return false;
    bytes += deposit->bytes;
    return true;
  });
  release(bytes);
}

/// Sums up what is stored; while nothing is stored, this is also what finds that the store is back or gone.
void Committer::maintain(TimePoint now) {
  if (now < next_maintenance_) return;
  next_maintenance_ = now + kMaintenancePeriod;
  if (!group_.empty()) return;  // the next try to store it tells as much
  if (now - last_success_ > kCheckPeriod || !state()) {
    set_state(store_.check());
    if (!state()) return;
  }
  if (const auto done = store_.maintain(unix_now_ns(), options_.retention); !done) {
    observer_.maintenance_failed(done.error());
    next_maintenance_ = now + kCheckPeriod;
  }
}

void Committer::set_state(const base::Result<void>& state) {
  if (state) last_success_ = steady_clock::now();
  pause_ = state ? milliseconds(0) : std::clamp(2 * pause_, kFirstPause, kLongestPause);
  std::string problem = state ? std::string() : state.error();
  bool failed = false;
  bool recovered = false;
  {
    const std::lock_guard lock(mutex_);
    failed = !problem.empty() && problem != problem_;
    recovered = problem.empty() && !problem_.empty();
    problem_ = problem;
  }
  if (failed) observer_.store_failed(problem);
  if (recovered) observer_.store_recovered();
}

/// Half of it: so that those who come back do not find it full again one by one. And enough for the largest:
/// who is called and does not fit comes back at once, again and again.
bool Committer::has_room() const {
  const std::size_t room = std::max(options_.largest_bytes, options_.max_waiting_bytes / 2);
  return waiting_bytes_ == 0 || waiting_bytes_ + room <= options_.max_waiting_bytes;
}

/// Wakes those who wait, as long as there is room. Each finds out for itself whether it fits, and may come
/// back.
void Committer::admit() {
  std::unique_lock lock(mutex_);
  while (true) {
    room_.wait(lock, [this] { return finishing_ || (!parked_.empty() && has_room()); });
    if (finishing_) return;
    auto first = parked_.extract(parked_.begin());
    lock.unlock();
    first.mapped()();
    lock.lock();
  }
}

}  // namespace faastax::collector
