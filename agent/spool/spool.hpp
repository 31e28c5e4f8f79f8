// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/spool/segment.hpp"
#include "agent/spool/spool_state.hpp"

namespace faastax::spool {

struct SpoolOptions {
  std::filesystem::path folder;
  std::uint64_t bytes = 256U << 20;       ///< all segments together
  std::uint64_t memory_bytes = 4U << 20;  ///< of records that wait for a disk which cannot be written
};

/// Records on disk until a collector has them: in order, bounded, each lost one counted once.
///
/// What append() has written survives the death of this process (it is in the page cache), but the last
/// seconds before a power cut need not. When it is full the oldest segment is dropped. A dropped record
/// counts as lost, unless it is on its way and acknowledged after all.
///
/// A disk that cannot be written does not stop it: records wait in memory and are sent from there, and once
/// that is full, new ones are lost. retry() goes on where it stopped. One thread.
class Spool {
 public:
  /// Opens or makes the folder; if that cannot be done now, retry() may.
  explicit Spool(SpoolOptions options);

  void append(std::string payload);

  /// Records were lost on their way here.
  void count_lost(std::uint64_t records) { count_lost(records, 0); }

  /// The same for a record that can tell how many others were lost: `make` gets those that none has told yet.
  void append_telling(const std::function<std::string(std::uint64_t losses)>& make);

  /// At most `most` records from index `from` on, those that are there still. Less than all of them after
  /// `most_bytes`.
  std::vector<Frame> read(std::uint64_t from, std::size_t most, std::size_t most_bytes);

  /// Those below `end` are on their way: if they are dropped now, their acknowledgement may come yet.
  void mark_sent(std::uint64_t end);

  /// No acknowledgement comes for what is on its way.
  void give_up_sent();

  /// The collector has all below `end`.
  void acknowledge(std::uint64_t end);

  /// After a problem, now and then: writes what waits in memory.
  void retry();

  /// Its end: what waits in memory and cannot be written now is lost. Nothing is appended any more.
  void close();

  /// The first record to send on a new stream.
  std::uint64_t first_unsent() const { return std::max(state_.acknowledged, state_.first); }

  std::uint64_t records() const;                                          ///< that wait, in memory too
  std::uint64_t bytes() const;                                            ///< of all files
  std::uint64_t lost() const { return state_.lost + lost_before_open_; }  ///< since the spool was made

  /// Of these, before this process: as much as is known, so 0 until the folder is open.
  std::uint64_t lost_before() const { return lost_before_; }

  /// Why nothing can be written now; empty while all is well.
  const std::string& problem() const { return problem_; }

 private:
  base::Result<void> open();
  base::Result<void> open_segments();
  base::Result<void> remove_done(const SpoolState& state);
  void settle_opened();
  base::Result<void> write(const Frame& frame);
  base::Result<void> make_room(std::uint64_t bytes);
  base::Result<void> drop_oldest();
  bool keep_in_memory(Frame frame);
  void write_on();
  base::Result<void> write_waiting();
  void lose(const Segment& segment, std::uint64_t from);
  void count_lost(std::uint64_t records, std::uint64_t losses_they_told);
  std::uint64_t readable_end(const Segment& segment) const;
  void lose_unreadable(std::uint64_t end);
  void remove_acknowledged();
  void save();

  struct Undecided {
    std::uint64_t index = 0;
    std::uint64_t losses = 0;
  };

  SpoolOptions options_;
  base::UniqueFd lock_;
  std::optional<StateFile> state_file_;  ///< while the folder is open
  SpoolState state_;
  std::deque<Segment> segments_;
  std::map<std::uint64_t, std::uint64_t>
      unreadable_;             ///< by a segment's first: the first that cannot be read
  std::deque<Frame> waiting_;  ///< in memory, after all segments
  std::uint64_t waiting_bytes_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t sent_end_ = 0;
  std::vector<Undecided> undecided_;  ///< in order
  std::uint64_t lost_before_open_ = 0;
  std::uint64_t lost_before_ = 0;
  std::string problem_;
};

}  // namespace faastax::spool
