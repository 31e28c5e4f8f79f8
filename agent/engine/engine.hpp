// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/bpf/probe.hpp"
#include "agent/engine/counting_windows.hpp"
#include "agent/engine/edge_translator.hpp"
#include "agent/engine/memory_reader.hpp"
#include "agent/engine/table_reader.hpp"
#include "agent/host/cgroup_layout.hpp"
#include "agent/host/roots.hpp"
#include "agent/rules/rules.hpp"
#include "ledger/input.hpp"

namespace faastax::engine {

struct EngineOptions {
  host::Roots roots;
  std::uint32_t ring_bytes = 8U << 20;
  std::uint32_t accounts = FX_MAX_ACCOUNTS;
  std::uint32_t cgroups = FX_MAX_CGROUPS;
  std::uint32_t work_functions = FX_MAX_WORK_FUNCTIONS;
  bool slices = false;                           ///< give the sink every slice as well
  bool interrupts = false;                       ///< softirqs and hard interrupts as owners of their own
  std::optional<bpf::CycleSource> cycles;        ///< found already; else start() looks for it
  std::uint32_t drop_percent = 0;                ///< see fx_drop_percent
  std::chrono::milliseconds memory_period{250};  ///< ten times that for sandboxes that have not run
};

/// The node as a stream of the ledger's inputs: owns the programs in the kernel, reads edges and tables,
/// and finds out what a cgroup is. One thread calls it.
class Engine {
 public:
  /// Takes every input, in order.
  using Sink = std::function<void(const ledger::Input&)>;

  /// Loads and attaches everything, learns what runs already, and starts booking. `rules` must outlive it.
  static base::Result<std::unique_ptr<Engine>> start(const rules::Rules& rules, const EngineOptions& options,
                                                     Sink sink);

  /// Takes in what has happened. To be called every drain_period(), and when wake_fd() is readable.
  base::Result<void> drain();

  /// How long edges may wait that nobody must answer at once: a small ring is read more often.
  std::chrono::milliseconds drain_period() const;

  /// Reads all tables, so that the books are true at this moment.
  base::Result<void> snapshot();

  /// Opens or closes the report's window, at a snapshot.
  base::Result<void> mark_window(bool open);

  int wake_fd() const { return probe_.wake_fd(); }
  const host::CgroupLayout& layout() const { return layout_; }
  const std::vector<bpf::HookState>& hooks() const { return hooks_; }
  std::array<std::uint64_t, FX_LOSS_KINDS> losses() const { return probe_.losses(); }

  /// Edges taken in since the start.
  std::uint64_t edges() const { return edges_; }

  /// Sandboxes seen to start whose cgroups are still there.
  std::size_t live_started() const { return translator_.live_started(); }

 private:
  Engine(const rules::Rules& rules, const EngineOptions& options, host::CgroupLayout layout, bpf::Probe probe,
         bpf::CycleSource cycles, Sink sink);

  void tell_cycle_source();
  void adopt_live_sandboxes();
  void calibrate();
  void read_clocks();
  base::Result<void> take_in();
  base::Result<void> snapshot(bool whole);
  void read_memory(ledger::Nanoseconds now, bool all);
  void report_programs();
  void report_losses();

  const rules::Rules& rules_;
  EngineOptions options_;
  host::CgroupLayout layout_;
  bpf::Probe probe_;
  Sink sink_;
  bpf::CycleSource cycle_source_;
  std::vector<bpf::HookState> hooks_;
  TableReader tables_;
  CountingWindows counting_;
  EdgeTranslator translator_;
  MemoryReader memory_;
  std::map<std::string, double> ns_per_run_;
  ledger::Nanoseconds memory_read_ = 0;
  std::uint64_t edges_ = 0;
  std::uint64_t lost_edges_ = 0;
};

}  // namespace faastax::engine
