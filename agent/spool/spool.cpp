// SPDX-License-Identifier: Apache-2.0
#include "agent/spool/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace faastax::spool {
namespace {

constexpr std::uint64_t kSegments = 16;  ///< what is dropped at a time is a sixteenth
constexpr std::uint64_t kSmallestSegment = 4U << 10;
constexpr std::uint64_t kLargestSegment = 16U << 20;

std::uint64_t segment_bytes(const SpoolOptions& options) {
  return std::clamp(options.bytes / kSegments, kSmallestSegment, kLargestSegment);
}

}  // namespace

Spool::Spool(SpoolOptions options) : options_(std::move(options)) { retry(); }

void Spool::save() {
  if (!state_file_) return;
  if (const auto done = state_file_->save(state_); !done) problem_ = done.error();
}

// Opening.

base::Result<void> Spool::open() {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error)
    return base::failure("cannot make the folder " + options_.folder.string() + ": " + error.message());
  const auto lock = options_.folder / "lock";
  lock_.reset(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_) return base::failure("cannot write " + lock.string(), errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::failure("another agent has the spool in " + options_.folder.string());
  }
  SpoolState state;
  auto file = StateFile::open(options_.folder / "state", state);
  if (!file) return base::failure(file.error());
  if (auto done = open_segments(); !done) return done;
  if (auto done = remove_done(state); !done) return done;
  state_file_ = std::move(*file);
  state_ = state;
  settle_opened();
  return {};
}

base::Result<void> Spool::open_segments() {
  segments_.clear();
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator at(options_.folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".seg") files.push_back(at->path());
  }
  if (error) return base::failure("cannot read " + options_.folder.string() + ": " + error.message());
  std::ranges::sort(files);  // by first index, which has leading zeros
  for (const std::filesystem::path& file : files) {
    auto segment = Segment::open(file);
    if (!segment) return base::failure(segment.error());
    if (*segment) {
      segments_.push_back(std::move(**segment));
    } else if (!std::filesystem::remove(file, error)) {
      return base::failure("cannot remove " + file.string() + ": " + error.message());
    }
  }
  return {};
}

/// What the process before had no time to remove.
base::Result<void> Spool::remove_done(const SpoolState& state) {
  while (!segments_.empty() && segments_.front().end() <= std::max(state.first, state.acknowledged)) {
    if (auto done = segments_.front().remove(); !done) return done;
    segments_.pop_front();
  }
  return {};
}

void Spool::settle_opened() {
  sent_end_ = 0;
  undecided_.clear();
  count_lost(std::exchange(state_.undecided, 0), std::exchange(state_.undecided_losses, 0));
  next_ = first_unsent();
  for (const Segment& segment : segments_) {
    // What a damaged file had. A spool whose state is gone begins where its files do.
    if (segment.first() > next_ && next_ != 0) count_lost(segment.first() - next_, 0);
    next_ = std::max(next_, segment.end());
  }
  if (state_.teller >= next_) state_.untold += state_.told;
  state_.told = 0;
  lost_before_ = state_.lost;
  count_lost(std::exchange(lost_before_open_, 0), 0);
  for (Frame& frame : waiting_) frame.index = next_++;
  save();
}

void Spool::retry() {
  if (state_file_ && problem_.empty()) return;
  problem_.clear();
  if (!state_file_) {
    if (const auto done = open(); !done) {
      problem_ = done.error();
      return;
    }
  }
  write_on();
  if (problem_.empty()) save();
}

void Spool::close() {
  retry();
  std::uint64_t losses_they_told = 0;
  for (const Frame& frame : waiting_) losses_they_told += frame.losses;
  if (waiting_.empty()) return;
  state_.told = 0;  // their teller's too
  count_lost(waiting_.size(), losses_they_told);
  waiting_.clear();
  waiting_bytes_ = 0;
  save();
}

// Writing.

void Spool::append(std::string payload) {
  if (payload.size() > Segment::kLongestPayload) return count_lost(1, 0);
  keep_in_memory({.payload = std::move(payload)});
  write_on();
}

void Spool::append_telling(const std::function<std::string(std::uint64_t)>& make) {
  const std::uint64_t losses = std::exchange(state_.untold, 0);
  if (losses != 0) {
    // Before the record itself: who dies in between tells them again, with another record.
    state_.teller = next_;
    state_.told = losses;
    save();
  }
  if (!keep_in_memory({.losses = losses, .payload = make(losses)})) state_.told = 0;
  write_on();
}

bool Spool::keep_in_memory(Frame frame) {
  const std::uint64_t bytes = Segment::size_of(frame.payload);
  if (waiting_bytes_ + bytes > options_.memory_bytes) {
    count_lost(1, frame.losses);
    return false;
  }
  if (state_file_) frame.index = next_++;
  waiting_bytes_ += bytes;
  waiting_.push_back(std::move(frame));
  return true;
}

void Spool::write_on() {
  if (!problem_.empty()) return;
  if (const auto done = write_waiting(); !done) problem_ = done.error();
}

base::Result<void> Spool::write_waiting() {
  while (!waiting_.empty()) {
    const Frame& frame = waiting_.front();
    if (auto done = write(frame); !done) return done;
    waiting_bytes_ -= Segment::size_of(frame.payload);
    waiting_.pop_front();
  }
  return {};
}

base::Result<void> Spool::write(const Frame& frame) {
  if (auto done = make_room(Segment::size_of(frame.payload)); !done) return done;
  const bool fits = !segments_.empty() && segments_.back().end() == frame.index &&
                    segments_.back().bytes() < segment_bytes(options_) &&
                    !unreadable_.contains(segments_.back().first());
  if (!fits) {
    auto segment = Segment::create(options_.folder, frame.index);
    if (!segment) return base::failure(segment.error());
    segments_.push_back(std::move(*segment));
    remove_acknowledged();
  }
  return segments_.back().append(frame.payload, frame.losses);
}

base::Result<void> Spool::make_room(std::uint64_t bytes) {
  while (!segments_.empty() && this->bytes() + bytes + Segment::kHeader > options_.bytes) {
    if (auto done = drop_oldest(); !done) return done;
  }
  return {};
}

base::Result<void> Spool::drop_oldest() {
  Segment& oldest = segments_.front();
  lose(oldest, std::max(oldest.first(), first_unsent()));
  state_.first = std::max(state_.first, oldest.end());
  unreadable_.erase(oldest.first());
  // First the count, then the file: who dies between the two counts once.
  save();
  if (auto done = oldest.remove(); !done) return done;
  segments_.pop_front();
  return {};
}

// Counting.

void Spool::count_lost(std::uint64_t records, std::uint64_t losses_they_told) {
  if (!state_file_) {
    lost_before_open_ += records;
    return;
  }
  state_.lost += records;
  state_.untold += records + losses_they_told;
}

/// The segment's records from `from` on are no longer there.
void Spool::lose(const Segment& segment, std::uint64_t from) {
  const std::uint64_t sent_end = std::min(sent_end_, readable_end(segment));
  auto teller = segment.tellers().begin();
  for (std::uint64_t index = from; index < segment.end(); ++index) {
    while (teller != segment.tellers().end() && teller->first < index) ++teller;
    const bool tells = teller != segment.tellers().end() && teller->first == index;
    const std::uint64_t losses = tells ? teller->second : 0;
    if (index >= sent_end) {
      count_lost(1, losses);
      continue;
    }
    undecided_.push_back({index, losses});
    ++state_.undecided;
    state_.undecided_losses += losses;
  }
}

std::uint64_t Spool::readable_end(const Segment& segment) const {
  const auto unreadable = unreadable_.find(segment.first());
  return unreadable == unreadable_.end() ? segment.end() : unreadable->second;
}

/// All below `end` is acknowledged, and what could not be read was not among it: it is lost. Not before,
/// since the state says at once that it is counted and that its indices are done with: who opens the spool
/// after a kill finds a gap in front of the next segment, and counts it only where no acknowledgement went
/// past it.
void Spool::lose_unreadable(std::uint64_t end) {
  for (const Segment& segment : segments_) {
    if (segment.end() > end || !unreadable_.contains(segment.first())) continue;
    lose(segment, std::max(readable_end(segment), first_unsent()));
    unreadable_.erase(segment.first());
  }
}

// Sending.

std::vector<Frame> Spool::read(std::uint64_t from, std::size_t most, std::size_t most_bytes) {
  std::vector<Frame> result;
  std::size_t bytes = 0;
  const auto full = [&] { return result.size() >= most || bytes >= most_bytes; };
  const auto take = [&](Frame frame) {
    bytes += frame.payload.size();
    result.push_back(std::move(frame));
  };
  for (Segment& segment : segments_) {
    for (std::uint64_t at = std::max(from, segment.first()); at < readable_end(segment) && !full();) {
      const std::uint64_t left = std::min<std::uint64_t>(most - result.size(), readable_end(segment) - at);
      auto frames = segment.read(at, left, most_bytes - bytes);
      if (!frames) {
        unreadable_[segment.first()] = at;
        break;
      }
      at += frames->size();
      std::ranges::for_each(*frames, [&](Frame& frame) { take(std::move(frame)); });
    }
  }
  if (!state_file_) return result;
  for (const Frame& frame : waiting_) {
    if (full()) break;
    if (frame.index >= from) take(frame);
  }
  return result;
}

void Spool::mark_sent(std::uint64_t end) { sent_end_ = std::max(sent_end_, end); }

void Spool::give_up_sent() {
  sent_end_ = 0;
  undecided_.clear();
  count_lost(std::exchange(state_.undecided, 0), std::exchange(state_.undecided_losses, 0));
  save();
}

void Spool::acknowledge(std::uint64_t end) {
  if (end <= state_.acknowledged) return;
  lose_unreadable(end);
  state_.acknowledged = end;
  std::erase_if(undecided_, [&](const Undecided& record) {
    if (record.index >= end) return false;
    --state_.undecided;
    state_.undecided_losses -= record.losses;
    return true;
  });
  while (!waiting_.empty() && waiting_.front().index < end) {
    waiting_bytes_ -= Segment::size_of(waiting_.front().payload);
    waiting_.pop_front();
  }
  save();
  remove_acknowledged();
}

/// The last one stays: it is written on.
void Spool::remove_acknowledged() {
  while (segments_.size() > 1 && segments_.front().end() <= state_.acknowledged) {
    if (const auto done = segments_.front().remove(); !done) {
      problem_ = done.error();
      return;
    }
    segments_.pop_front();
  }
}

std::uint64_t Spool::records() const {
  std::uint64_t sum = waiting_.size();
  for (const Segment& segment : segments_) {
    const std::uint64_t from = std::max(segment.first(), state_.acknowledged);
    if (segment.end() > from) sum += segment.end() - from;
  }
  return sum;
}

std::uint64_t Spool::bytes() const {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) sum += segment.bytes();
  return sum;
}

}  // namespace faastax::spool
