// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "ledger/apportioner.hpp"
#include "ledger/catalog.hpp"
#include "ledger/input.hpp"
#include "ledger/instance_table.hpp"
#include "ledger/process_table.hpp"
#include "ledger/report.hpp"
#include "ledger/timeline.hpp"

namespace faastax::ledger {

/// Books every busy nanosecond of a node to one owner and one activity. Pure: it reads no clock and no
/// file, and the same inputs give the same books.
///
///     Σ cells + unsettled + idle + steal + residual = wall time × CPUs
class Ledger {
 public:
  struct Options {
    bool keep_instances = false;  ///< after their end: for the report's instances_detail, or to be taken
    std::string uid_prefix;       ///< makes the instances' uids unique over boots
    /// For who runs for days: a function without instances is dropped from the totals when nothing was
    /// booked to it for so long, and begins at 0 if it comes again. 0: none is, as a report's window needs.
    Nanoseconds forget_functions_after = 0;
    Timeline::Options timeline = {};  ///< the report's course over time; none by default
  };

  /// `catalog` must outlive the ledger.
  Ledger(const Catalog& catalog, Options options);

  void apply(const Input& input);

  /// The books since attach, gauges as of the last input.
  Totals totals() const;

  /// The same without a copy, which would cost 50 ms and 40 MB at every snapshot of a node with 1,000 busy
  /// functions. Valid until the next call.
  const Totals& current();

  /// Live instances, in order of appearance. What is booked to one later shows in it.
  std::vector<InstancePtr> live_instances() const { return instances_.live(); }

  /// Those that ended since the last call, with Options::keep_instances; no report lists them any more.
  std::vector<InstancePtr> take_ended_instances() { return instances_.take_ended(); }

  /// The newest pair of clocks.
  const ClocksRead& clocks() const { return clocks_; }

  /// The marked window, or since attach as long as none was closed. `node` is left as given.
  Report report(const NodeInfo& node) const;

 private:
  struct CpuState {
    CellsRead::Cpu first;
    CellsRead::Cpu last;
  };
  /// Slices of one bucket, in nanoseconds. Those before the last reading are in the cells; of those since,
  /// the cells may have any, as slices are drained after the cells are copied.
  struct SliceSums {
    std::int64_t lowest = 0;   ///< what the sum before the last reading is at least
    std::int64_t highest = 0;  ///< and at most; the same where none is missing
    std::int64_t added = 0;    ///< since
    std::int64_t taken = 0;    ///< since, of the negative ones
  };
  struct Window {
    Totals totals;
    Nanoseconds time = 0;
    std::uint64_t live = 0;
  };

  void on(const AccountOpened& input) { processes_.open(input); }
  void on(const Executed& input) { processes_.execute(input); }
  void on(const ClientNamed& input) { processes_.name_client(input); }
  void on(const Renamed& input) { processes_.rename(input); }
  void on(const Exited& input);
  void on(const CgroupChanged& input);
  void on(const Spawned& input);
  void on(const BecameReady& input);
  void on(const StopBegan& input);
  void on(const OutOfMemory& input);
  void on(const RequestEnded& input);
  void on(const Identified& input) { instances_.identify(input); }
  void on(const RequestsOpen& input);
  void on(const MemoryRead& input);
  void on(const OverheadSampled& input);
  void on(const DyingCgroupsCounted& input) { books_.totals().dying_cgroups = input.count; }
  void on(const SliceRan& input);
  void on(const CellsRead& input);
  void on(const CountersOpened& input);
  void on(const ClocksRead& input) { clocks_ = input; }
  void on(const ProgramRan& input);
  void on(const Lost& input);
  void on(const WindowMarked& input);

  void enter_cgroup(const CgroupChanged& input);
  void read_cpus(const std::vector<CellsRead::Cpu>& cpus);
  void check_slices(const CellsRead& input);
  bool slices_agree(const CellsRead::Account& cells);
  void count_lost_records();
  void forget_functions(Nanoseconds now);
  void set_gauges(Totals& totals) const;
  Window state_at(Nanoseconds time) const;

  Options options_;
  Books books_;
  InstanceTable instances_;
  Apportioner apportioner_;
  ProcessTable processes_;
  std::map<CgroupId, LineagePtr> makers_;  ///< of sandbox cgroups that nobody has entered yet
  std::map<CgroupId, std::string> paths_;  ///< theirs
  std::map<std::uint32_t, CpuState> cpus_;
  ClocksRead clocks_;
  bool has_slices_ = false;  ///< the stream has them
  std::unordered_map<AccountKey, std::array<SliceSums, kPhases>> slices_;
  std::uint64_t slice_mismatches_ = 0;  ///< readings of an account that its slices do not explain
  std::uint64_t slices_lost_ = 0;       ///< that the ring had no room for
  Nanoseconds overhead_since_ = 0;
  Nanoseconds functions_forgotten_ = 0;  ///< when
  Timeline timeline_;
  Window opened_;
  std::optional<Window> closed_;
};

}  // namespace faastax::ledger
