// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/bpf/features.hpp"
#include "agent/bpf/perf_counters.hpp"
#include "agent/bpf/probe_table.hpp"
#include "bpf/abi/fx_abi.h"

namespace faastax::bpf {

/// What the programs are loaded with.
struct ProbeOptions {
  std::string cgroup_mount;             ///< the v2 hierarchy, e.g. /sys/fs/cgroup/unified
  std::string types;                    ///< the kernel's BTF, e.g. /sys/kernel/btf/vmlinux
  std::vector<unsigned> cpus;           ///< online now, by id
  std::uint32_t ring_bytes = 8U << 20;  ///< a power of two, at least a page
  std::uint32_t accounts = FX_MAX_ACCOUNTS;
  std::uint32_t cgroups = FX_MAX_CGROUPS;
  std::uint32_t work_functions = FX_MAX_WORK_FUNCTIONS;
  bool slices = false;             ///< keep every slice, for drain_slices()
  bool interrupts = false;         ///< carve softirqs and hard interrupts out of whom they interrupt
  CycleSource cycles;              ///< mode kNone: none are counted
  std::uint32_t drop_percent = 0;  ///< a fault to inject, for the test of the books
  std::vector<std::pair<std::string, fx_program>> programs;  ///< executables by name
  Probes probes;
};

/// Runs of one program, and what a run costs here.
struct ProgramStats {
  std::string name;
  std::uint64_t runs = 0;
  std::uint64_t run_ns = 0;
  std::uint64_t misses = 0;  ///< runs that the kernel skipped because the program was running
};

/// Our programs in the kernel, from load to detach. Everything hangs on file descriptors of this process:
/// when it ends, however, the kernel lets go of all of it.
class Probe {
 public:
  using OnEdge = std::function<void(const fx_edge&)>;
  using OnSlice = std::function<void(const fx_slice&)>;

  /// Loads and sizes the programs and maps; nothing runs yet.
  static base::Result<Probe> load(const ProbeOptions& options, const Features& features);

  Probe(Probe&&) noexcept;
  Probe& operator=(Probe&&) noexcept;
  ~Probe();

  /// Attaches all that is available. What an optional hook's attachment refused is in `refused()`. Edges
  /// come from now on; no time is booked before open_books().
  base::Result<void> attach();
  const std::vector<HookState>& refused() const;

  /// Starts booking, on every online CPU.
  base::Result<void> open_books();

  /// Books the running slice of every CPU, so that the tables below are up to date. `online` is the list as
  /// it is now: a CPU that is not in it any more has its books closed until it comes back.
  base::Result<void> flush(const std::vector<unsigned>& online);

  /// Calls `on_edge` for each waiting edge, in order; returns how many.
  base::Result<int> drain(const OnEdge& on_edge);

  /// Calls `on_slice` for each waiting slice, in the order of their booking but for those that two CPUs book
  /// at once; returns how many. None without ProbeOptions::slices. They never make wake_fd() readable: to be
  /// called every few milliseconds, as the ring holds 800,000.
  base::Result<int> drain_slices(const OnSlice& on_slice);

  /// Readable when an edge wants to be answered at once.
  int wake_fd() const;

  std::span<fx_account> accounts() const;
  std::span<fx_cgroup> cgroups() const;
  std::span<const fx_cpu> cpus() const;

  /// Beside accounts(), of the same indices, with the idle tasks' after the last; empty where nothing counts.
  std::span<const fx_counts> counts() const;

  /// Lets the hardware counters run, or stops them. Between, every CPU is to be flushed: what is counted is
  /// booked then.
  void set_counting(bool on);
  const std::vector<unsigned>& online_cpus() const;

  /// Those that have been online since the attach, by id: all that have anything in the tables.
  const std::vector<unsigned>& booked_cpus() const;

  /// Gives an ended account's line back.
  void free_account(std::uint32_t index);

  /// The entry of a cgroup; 0 if it has none.
  std::uint32_t find_cgroup(std::uint64_t cgroup_id) const;

  /// Takes a free entry for a cgroup that was there before us; 0 if there is none.
  std::uint32_t take_cgroup(std::uint64_t cgroup_id);

  /// A cgroup below a sandbox shares its entry.
  bool share_cgroup(std::uint64_t cgroup_id, std::uint32_t entry);
  void forget_cgroup(std::uint64_t cgroup_id);
  void free_cgroup(std::uint32_t entry);

  /// Samples the memory of sandboxes whose tasks do not leave their CPU. Wanted while there are sandboxes.
  void watch_memory(bool on);

  /// The kernel function at `address`, as the kernel prints it: "cleanup_net", or "f [a_module]", or the
  /// address again if there is none. Empty where fx_symbol is missing.
  std::string symbol(std::uint64_t address) const;

  /// Per cause of fx_loss, summed over CPUs.
  std::array<std::uint64_t, FX_LOSS_KINDS> losses() const;

  /// Runs and time of each program. Time is counted only while the kernel's statistics are on.
  std::vector<ProgramStats> program_stats() const;

 private:
  struct State;
  explicit Probe(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// The kernel's BPF statistics, on as long as this lives (BPF_ENABLE_STATS; costs about 70 ns a run).
class StatsOn {
 public:
  StatsOn();
  ~StatsOn();
  StatsOn(const StatsOn&) = delete;
  StatsOn& operator=(const StatsOn&) = delete;

 private:
  int fd_;
};

}  // namespace faastax::bpf
