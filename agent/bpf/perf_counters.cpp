// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/perf_counters.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>

#include "bpf/counter_cost.skel.h"

namespace faastax::bpf {
namespace {

using base::failure;

constexpr std::array<std::string_view, 4> kModes = {"none", "exact", "sampled", "derived"};

// Below, a reading is in the noise of a switch; a virtual machine that traps takes microseconds.
constexpr double kCheapReadNs = 100;
// The ping-pong is nothing but switches and halts, where a running PMU costs most: a real load has a tenth.
constexpr double kCheapSlowdown = 1.05;
constexpr int kRounds = 7;
constexpr int kPings = 200;

struct CostDeleter {
  void operator()(counter_cost* skeleton) const { counter_cost__destroy(skeleton); }
};

/// What one reading of this counter by a BPF program costs on its CPU; 0 where it cannot be found out.
double measure_read(int counter_fd, unsigned cpu) {
  const std::unique_ptr<counter_cost, CostDeleter> skeleton(counter_cost__open_and_load());
  if (!skeleton || !give_counter(bpf_map__fd(skeleton->maps.fx_cost_events), cpu, counter_fd)) return 0;
  double least = 0;
  for (int round = 0; round < kRounds; ++round) {
    LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
    if (bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.fx_counter_cost), &run) != 0) return 0;
    const double cost = static_cast<double>(run.retval) / skeleton->rodata->fx_cost_reads;
    least = round == 0 ? cost : std::min(least, cost);
  }
  return least;
}

struct Pipe {
  base::UniqueFd read_end;
  base::UniqueFd write_end;
};

std::optional<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

/// Two threads that wake each other through pipes: seconds for kPings there and back; 0 without pipes.
double ping_pong() {
  auto there = make_pipe();
  auto back = make_pipe();
  if (!there || !back) return 0;
  const auto start = std::chrono::steady_clock::now();
  std::jthread echo([&] {
    char byte = 0;
    while (::read(there->read_end.get(), &byte, 1) == 1 && ::write(back->write_end.get(), &byte, 1) == 1) {
    }
  });
  char byte = 0;
  for (int i = 0; i < kPings; ++i) {
    if (::write(there->write_end.get(), &byte, 1) != 1 || ::read(back->read_end.get(), &byte, 1) != 1) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  there->write_end.reset();  // the echo reads the end, and is over before the pipes are
  echo.join();
  return took.count();
}

/// How much longer it takes while the counter runs. Of several pairs, in turn, the least of each: what
/// else runs on the node only adds.
double measure_slowdown(const PerfCounter& counter) {
  double off = 0;
  double on = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double without = ping_pong();
    counter.run(true);
    const double with = ping_pong();
    counter.run(false);
    off = round == 0 ? without : std::min(off, without);
    on = round == 0 ? with : std::min(on, with);
  }
  return off > 0 ? on / off : 1;
}

std::string why_not(int error) {
  switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case EOPNOTSUPP:
      return "no hardware counters: this machine has no PMU, or its hypervisor shows none";
    case EACCES:
    case EPERM:
      return "no hardware counters: this process may not open them (CAP_PERFMON)";
    default:
      return std::string("no hardware counters: ") + std::strerror(error);
  }
}

/// Opens it on all; the result is the first one's descriptor.
base::Result<int> open_all(PerfCounter& counter, std::span<const unsigned> cpus) {
  base::Result<int> first = failure("no CPU is online");
  for (const unsigned cpu : cpus) {
    auto opened = counter.open(cpu);
    if (!opened) return opened;
    if (!first) first = opened;
  }
  return first;
}

}  // namespace

std::string_view name_of(CycleMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

CycleMode cycle_mode_named(std::string_view name) {
  const auto found = std::ranges::find(kModes, name);
  return found == kModes.end() ? CycleMode::kNone : static_cast<CycleMode>(found - kModes.begin());
}

CycleMode choose_mode(double read_ns, double slowdown) {
  if (slowdown > kCheapSlowdown) return CycleMode::kDerived;
  return read_ns > 0 && read_ns < kCheapReadNs ? CycleMode::kExact : CycleMode::kSampled;
}

CycleSource software_cycle_source(CycleMode mode) {
  return {.mode = mode, .instructions = true, .software = true, .reason = "a clock stands in for counters"};
}

CycleSource find_cycle_source(std::span<const unsigned> cpus) {
  CycleSource source;
  PerfCounter cycles(Counter::kCycles, false, 0);
  const auto first = open_all(cycles, cpus);
  if (!first) {
    source.reason = first.error();
    return source;
  }
  PerfCounter instructions(Counter::kInstructions, false, 0);
  source.instructions = open_all(instructions, cpus).has_value();
  cycles.run(true);
  source.read_ns = measure_read(*first, cpus.front());
  cycles.run(false);
  source.slowdown = measure_slowdown(cycles);
  source.mode = choose_mode(source.read_ns, source.slowdown);
  // A PMU may count and have no interrupt, as some hypervisors' do.
  PerfCounter overflowing(Counter::kCycles, false, kSamplePeriod);
  const bool refused = source.mode == CycleMode::kSampled && !open_all(overflowing, cpus);
  if (refused) source.mode = CycleMode::kDerived;
  char text[160];
  std::snprintf(text, sizeof(text), "a reading costs %.0f ns, running counters slow switches by %.0f%%%s",
                source.read_ns, (source.slowdown - 1) * 100, refused ? ", overflows do not interrupt" : "");
  source.reason = text;
  return source;
}

PerfCounter::PerfCounter(Counter counter, bool software, std::uint64_t period)
    : counter_(counter), software_(software), period_(period) {}

base::Result<int> PerfCounter::open(unsigned cpu) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.disabled = 1;
  attributes.sample_period = period_;
  if (software_) {
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  } else {
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = counter_ == Counter::kCycles ? PERF_COUNT_HW_CPU_CYCLES : PERF_COUNT_HW_INSTRUCTIONS;
  }
  base::UniqueFd fd(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
  if (!fd) return failure(why_not(errno));
  const int opened = fd.get();
  fds_[cpu] = std::move(fd);
  return opened;
}

base::Result<void> give_counter(int map_fd, unsigned cpu, int counter_fd) {
  if (bpf_map_update_elem(map_fd, &cpu, &counter_fd, BPF_ANY) == 0) return {};
  return failure("cannot give a counter to the BPF programs", errno);
}

void PerfCounter::run(bool on) const {
  for (const auto& [cpu, fd] : fds_)
    ::ioctl(fd.get(), on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0);
}

}  // namespace faastax::bpf
