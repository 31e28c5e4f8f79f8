// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::bpf {

/// How cycles come to accounts.
enum class CycleMode : std::uint8_t {
  kNone,
  kExact,    ///< counters are read at every booking
  kSampled,  ///< an overflow's period goes to whom it finds running
  kDerived,  ///< counters run in short windows, whose rates stand for the rest of the time
};

/// "none", "exact", "sampled" or "derived".
std::string_view name_of(CycleMode mode);
CycleMode cycle_mode_named(std::string_view name);

/// Where cycles come from on this node, and why so.
struct CycleSource {
  CycleMode mode = CycleMode::kNone;
  bool instructions = false;
  bool software = false;  ///< a clock's nanoseconds stand in for both: a fault to inject, for the tests
  double read_ns = 0;     ///< what a reading of a counter costs here
  double slowdown = 1;    ///< of a pipe's ping-pong while counters run
  std::string reason;     ///< one line for people
};

/// Chooses between what reading and what running the counters cost. Pure.
CycleMode choose_mode(double read_ns, double slowdown);

/// Looks for counters on these CPUs and measures what they cost here, which takes about 0.1 s.
CycleSource find_cycle_source(std::span<const unsigned> cpus);

/// A clock in the place of counters, in the mode asked for.
CycleSource software_cycle_source(CycleMode mode);

/// Of a sampled counter: a few thousand overflows a second of a busy CPU. Odd, so as not to fall into step
/// with a timer.
inline constexpr std::uint64_t kSamplePeriod = 1'000'003;

enum class Counter : std::uint8_t { kCycles, kInstructions };

/// One hardware counter, on each CPU that it was opened on, of all that runs there.
class PerfCounter {
 public:
  /// `period`: of its overflows, 0 for none.
  PerfCounter(Counter counter, bool software, std::uint64_t period);

  /// Opens it, stopped; its descriptor stays this counter's. Again for a CPU that has come back.
  base::Result<int> open(unsigned cpu);

  /// Starts or stops it everywhere; a CPU that has gone offline is passed over.
  void run(bool on) const;

 private:
  Counter counter_;
  bool software_;
  std::uint64_t period_;
  std::map<unsigned, base::UniqueFd> fds_;
};

/// Lets programs that run on `cpu` read a counter through a BPF_MAP_TYPE_PERF_EVENT_ARRAY.
base::Result<void> give_counter(int map_fd, unsigned cpu, int counter_fd);

}  // namespace faastax::bpf
