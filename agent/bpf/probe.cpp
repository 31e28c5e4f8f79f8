// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/probe.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <thread>
#include <utility>

#include "agent/base/unique_fd.hpp"
#include "agent/bpf/cpu_clock.hpp"
#include "agent/bpf/cpu_timer.hpp"
#include "agent/bpf/loader.hpp"
#include "agent/bpf/mapped_array.hpp"

namespace faastax::bpf {
namespace {

using base::failure;

constexpr auto kMemoryTimerPeriod = std::chrono::milliseconds(5);

struct LinkDeleter {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
struct RingDeleter {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

/// A stack of free indices: the lowest is handed out first, so that the tables stay compact.
base::Result<void> fill_free(const bpf_map* map, std::uint32_t entries) {
  const int fd = bpf_map__fd(map);
  for (std::uint32_t index = entries - 1; index > 0; --index) {
    if (bpf_map_update_elem(fd, nullptr, &index, BPF_ANY) != 0)
      return failure("cannot fill a free list", errno);
  }
  return {};
}

base::Result<void> fill_programs(const bpf_map* map, const ProbeOptions& options) {
  for (const auto& [name, program] : options.programs) {
    char key[FX_NAME_LEN]{};
    std::memcpy(key, name.data(), std::min(name.size(), sizeof(key) - 1));
    const std::uint32_t value = program;
    if (bpf_map_update_elem(bpf_map__fd(map), key, &value, BPF_ANY) != 0) {
      return failure("the rules name too many programs for the kernel's table (512)");
    }
  }
  return {};
}

/// Sleeps a moment on `cpu`, which makes that CPU switch tasks, and returns to where it was allowed.
void visit_cpu(unsigned cpu) {
  cpu_set_t before;
  if (::sched_getaffinity(0, sizeof(before), &before) != 0) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  // Where our cpuset leaves that CPU out, time alone must bring a switch.
  const bool there = ::sched_setaffinity(0, sizeof(one), &one) == 0;
  std::this_thread::sleep_for(there ? std::chrono::microseconds(100) : std::chrono::milliseconds(20));
  ::sched_setaffinity(0, sizeof(before), &before);
}

}  // namespace

struct Probe::State {
  SkeletonPtr skeleton;
  std::vector<std::unique_ptr<bpf_link, LinkDeleter>> links;
  CpuTimer memory_timer;
  std::unique_ptr<ring_buffer, RingDeleter> ring;
  std::unique_ptr<ring_buffer, RingDeleter> slice_ring;  ///< null: slices are not kept
  base::UniqueFd cgroup_root;
  MappedArray<fx_account> accounts;
  MappedArray<fx_cgroup> cgroups;
  MappedArray<fx_counts> counts;
  std::vector<PerfCounter> counters;  ///< cycles, and instructions if there are
  std::uint32_t window = 0;           ///< of counting, by number
  bool sampled = false;
  std::vector<unsigned> online;
  std::vector<unsigned> booked;  ///< ever online
  std::vector<HookState> refused;
  Features features;
  const OnEdge* on_edge = nullptr;
  const OnSlice* on_slice = nullptr;

  static int deliver(void* context, void* data, std::size_t) {
    const auto* state = static_cast<State*>(context);
    (*state->on_edge)(*static_cast<const fx_edge*>(data));
    return 0;
  }
  static int deliver_slice(void* context, void* data, std::size_t) {
    const auto* state = static_cast<State*>(context);
    (*state->on_slice)(*static_cast<const fx_slice*>(data));
    return 0;
  }
  base::Result<void> open_tables(const ProbeOptions& options);
  base::Result<void> open_rings(bool slices);
  base::Result<void> open_counters(const ProbeOptions& options);
  base::Result<void> count_cpu(unsigned cpu);
  void count_newcomers(const std::vector<unsigned>& before);
  base::Result<void> flush_cpu(unsigned cpu) const;
  void set_online(const std::vector<unsigned>& now);
  void close_absent();
  base::Result<void> attach_hook(const Hook& hook);
  base::Result<void> open_books();
  void find_threads() const;
};

Probe::Probe(std::unique_ptr<State> state) : state_(std::move(state)) {}
Probe::Probe(Probe&&) noexcept = default;
Probe& Probe::operator=(Probe&&) noexcept = default;
Probe::~Probe() = default;

base::Result<Probe> Probe::load(const ProbeOptions& options, const Features& offered) {
  const Features features = asked_for(options, offered);
  if (const std::string missing = features.missing(); !missing.empty()) return failure(missing);
  auto state = std::make_unique<State>();
  state->features = features;
  state->online = options.cpus;
  state->cgroup_root.reset(::open(options.cgroup_mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!state->cgroup_root) return failure("cannot open " + options.cgroup_mount, errno);
  auto skeleton = open_and_load(options, state->features);
  if (!skeleton) {
    state->features = accepted(options, features);
    skeleton = open_and_load(options, state->features);
    if (!skeleton) return failure(skeleton.error());
    for (std::size_t i = 0; i < features.hooks.size(); ++i) {
      const HookState& now = state->features.hooks[i];
      if (features.hooks[i].available && !now.available) state->refused.push_back(now);
    }
  }
  if (auto all = has_all_interrupts(state->features); !all) return failure(all.error());
  state->skeleton = std::move(*skeleton);
  if (auto done = state->open_tables(options); !done) return failure(done.error());
  return Probe(std::move(state));
}

base::Result<void> Probe::State::open_tables(const ProbeOptions& options) {
  const auto& maps = skeleton->maps;
  if (auto done = fill_free(maps.fx_free_accounts, options.accounts); !done) return done;
  if (auto done = fill_free(maps.fx_free_cgroups, options.cgroups); !done) return done;
  if (auto done = fill_programs(maps.fx_programs, options); !done) return done;
  auto account_lines = MappedArray<fx_account>::map(bpf_map__fd(maps.fx_accounts), options.accounts);
  auto cgroup_lines = MappedArray<fx_cgroup>::map(bpf_map__fd(maps.fx_cgroups), options.cgroups);
  if (!account_lines) return failure(account_lines.error());
  if (!cgroup_lines) return failure(cgroup_lines.error());
  accounts = std::move(*account_lines);
  cgroups = std::move(*cgroup_lines);
  if (auto done = open_counters(options); !done) return done;
  return open_rings(options.slices);
}

base::Result<void> Probe::State::open_counters(const ProbeOptions& options) {
  const CycleSource& source = options.cycles;
  if (source.mode == CycleMode::kNone) return {};
  auto count_lines = MappedArray<fx_counts>::map(bpf_map__fd(skeleton->maps.fx_counts), options.accounts + 1);
  if (!count_lines) return failure(count_lines.error());
  counts = std::move(*count_lines);
  sampled = source.mode == CycleMode::kSampled;
  const std::uint64_t period = sampled ? kSamplePeriod : 0;
  counters.emplace_back(Counter::kCycles, source.software, period);
  if (source.instructions) counters.emplace_back(Counter::kInstructions, source.software, period);
  for (const unsigned cpu : online) {
    if (auto done = count_cpu(cpu); !done) return done;
  }
  return {};
}

base::Result<void> Probe::State::count_cpu(unsigned cpu) {
  const bpf_map* maps[] = {skeleton->maps.fx_cycle_events, skeleton->maps.fx_instruction_events};
  const bpf_program* programs[] = {skeleton->progs.fx_sample_cycles, skeleton->progs.fx_sample_instructions};
  for (std::size_t i = 0; i < counters.size(); ++i) {
    auto fd = counters[i].open(cpu);
    if (!fd) return failure(fd.error());
    if (!sampled) {
      if (auto done = give_counter(bpf_map__fd(maps[i]), cpu, *fd); !done) return done;
      continue;
    }
    // libbpf closes with the link what it was given.
    bpf_link* link = bpf_program__attach_perf_event(programs[i], ::fcntl(*fd, F_DUPFD_CLOEXEC, 0));
    if (link == nullptr) return failure("cannot attach to a hardware counter", errno);
    links.emplace_back(link);
  }
  return {};
}

/// A counter does not outlast its CPU: one that comes back gets a new one. Where that fails the CPU's time
/// has no cycles.
void Probe::State::count_newcomers(const std::vector<unsigned>& before) {
  for (const unsigned cpu : online) {
    if (std::ranges::binary_search(before, cpu) || !count_cpu(cpu)) continue;
    if (skeleton->bss->fx_counting == 0) continue;
    for (const PerfCounter& counter : counters) counter.run(true);
  }
}

void Probe::set_counting(bool on) {
  State& state = *state_;
  if (on) {
    for (const PerfCounter& counter : state.counters) counter.run(true);
    state.skeleton->bss->fx_counting = ++state.window;
  } else {
    state.skeleton->bss->fx_counting = 0;
    for (const PerfCounter& counter : state.counters) counter.run(false);
  }
}

std::span<const fx_counts> Probe::counts() const { return state_->counts.values(); }

base::Result<void> Probe::State::open_rings(bool slices) {
  ring.reset(ring_buffer__new(bpf_map__fd(skeleton->maps.fx_edges), deliver, this, nullptr));
  if (!ring) return failure("cannot map the ring of edges", errno);
  if (!slices) return {};
  slice_ring.reset(ring_buffer__new(bpf_map__fd(skeleton->maps.fx_slices), deliver_slice, this, nullptr));
  if (!slice_ring) return failure("cannot map the ring of slices", errno);
  return {};
}

base::Result<void> Probe::State::attach_hook(const Hook& hook) {
  bpf_program* program = bpf_object__find_program_by_name(skeleton->obj, std::string(hook.program).c_str());
  if (program == nullptr) return failure("no program " + std::string(hook.program));
  if (hook.kind == HookKind::kCpuClock) {
    auto timer = CpuTimer::open(program, online, kMemoryTimerPeriod);
    if (!timer) return failure(timer.error());
    memory_timer = std::move(*timer);
    return {};
  }
  bpf_link* link = hook.kind == HookKind::kCgroupSkb ? bpf_program__attach_cgroup(program, cgroup_root.get())
                                                     : bpf_program__attach(program);
  if (link == nullptr)
    return failure("cannot attach " + std::string(hook.program) + " to " + std::string(hook.where), errno);
  links.emplace_back(link);
  return {};
}

base::Result<void> Probe::State::flush_cpu(unsigned cpu) const {
  for (int attempt = 0; attempt < 100; ++attempt) {
    LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
    const int error = bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.fx_flush), &run);
    if (error == -ENXIO) return {};  // it has gone offline: the next list says so
    if (error != 0) return failure("cannot run fx_flush on CPU " + std::to_string(cpu), -error);
    if (run.retval == 0) return {};
    visit_cpu(cpu);
  }
  return failure("CPU " + std::to_string(cpu) + " has not switched tasks in 100 attempts: is it isolated?");
}

base::Result<void> Probe::attach() {
  // The switch comes last: until then no account is needed, and a fork between the others and it has one.
  for (const bool is_switch : {false, true}) {
    for (const HookState& state : state_->features.hooks) {
      const HookKind kind = state.hook.kind;
      if (!state.available || kind == HookKind::kTestRun || kind == HookKind::kTaskIterator ||
          kind == HookKind::kPerfEvent)
        continue;
      if ((state.hook.program == "fx_switch") != is_switch) continue;
      auto done = state_->attach_hook(state.hook);
      if (done) continue;
      if (state.hook.required) return done;
      state_->refused.push_back({state.hook, false, done.error()});
    }
  }
  return {};
}

/// Lets fx_found see every thread.
void Probe::State::find_threads() const {
  if (!features.has("fx_found")) return;
  const std::unique_ptr<bpf_link, LinkDeleter> link(
      bpf_program__attach_iter(skeleton->progs.fx_found, nullptr));
  if (!link) return;
  const base::UniqueFd walk(bpf_iter_create(bpf_link__fd(link.get())));
  char nothing[64];
  while (walk && ::read(walk.get(), nothing, sizeof(nothing)) > 0) {
  }
}

base::Result<void> Probe::open_books() { return state_->open_books(); }

base::Result<void> Probe::State::open_books() {
  if (online.empty()) return failure("cannot read /sys/devices/system/cpu/online");
  find_threads();
  if (online.back() >= FX_MAX_CPUS)
    return failure("this node has more than " + std::to_string(FX_MAX_CPUS) + " CPUs");
  booked = online;
  for (const unsigned cpu : online) {
    if (auto done = flush_cpu(cpu); !done) return done;
  }
  skeleton->bss->fx_books_open = true;
  return {};
}

/// An unreadable, hence empty list changes nothing; CPUs beyond the table are not booked.
void Probe::State::set_online(const std::vector<unsigned>& now) {
  if (now.empty() || now == online) return;
  const std::vector<unsigned> before = std::exchange(online, now);
  std::erase_if(online, [](unsigned cpu) { return cpu >= FX_MAX_CPUS; });
  count_newcomers(before);
  std::vector<unsigned> all;
  std::ranges::set_union(booked, online, std::back_inserter(all));
  booked = std::move(all);
}

/// A CPU that was away between two looks only was idle in between.
void Probe::State::close_absent() {
  for (const unsigned cpu : booked) {
    if (!std::ranges::binary_search(online, cpu)) close_books(skeleton->bss->fx_cpus[cpu]);
  }
}

base::Result<void> Probe::flush(const std::vector<unsigned>& online) {
  state_->set_online(online);
  state_->close_absent();
  for (const unsigned cpu : state_->online) {
    if (auto done = state_->flush_cpu(cpu); !done) return done;
  }
  return {};
}

base::Result<int> Probe::drain(const OnEdge& on_edge) {
  state_->on_edge = &on_edge;
  const int count = ring_buffer__consume(state_->ring.get());
  if (count < 0) return failure("cannot read the ring of edges", -count);
  return count;
}

base::Result<int> Probe::drain_slices(const OnSlice& on_slice) {
  if (!state_->slice_ring) return 0;
  state_->on_slice = &on_slice;
  const int count = ring_buffer__consume(state_->slice_ring.get());
  if (count < 0) return failure("cannot read the ring of slices", -count);
  return count;
}

int Probe::wake_fd() const { return ring_buffer__epoll_fd(state_->ring.get()); }
void Probe::watch_memory(bool on) { state_->memory_timer.run(on); }
const std::vector<HookState>& Probe::refused() const { return state_->refused; }
std::span<fx_account> Probe::accounts() const { return state_->accounts.values(); }
std::span<fx_cgroup> Probe::cgroups() const { return state_->cgroups.values(); }
std::span<const fx_cpu> Probe::cpus() const { return state_->skeleton->bss->fx_cpus; }
const std::vector<unsigned>& Probe::online_cpus() const { return state_->online; }
const std::vector<unsigned>& Probe::booked_cpus() const { return state_->booked; }

void Probe::free_account(std::uint32_t index) {
  const fx_account& line = state_->accounts.values()[index];
  const fx_process key{line.cgroup_id, line.tgid, 0};
  const int processes = bpf_map__fd(state_->skeleton->maps.fx_processes);
  std::uint32_t known = 0;
  if (bpf_map_lookup_elem(processes, &key, &known) == 0 && known == index)
    bpf_map_delete_elem(processes, &key);
  bpf_map_update_elem(bpf_map__fd(state_->skeleton->maps.fx_free_accounts), nullptr, &index, BPF_ANY);
}

std::uint32_t Probe::find_cgroup(std::uint64_t cgroup_id) const {
  std::uint32_t entry = 0;
  const int ids = bpf_map__fd(state_->skeleton->maps.fx_cgroup_ids);
  return bpf_map_lookup_elem(ids, &cgroup_id, &entry) == 0 ? entry : 0;
}

bool Probe::share_cgroup(std::uint64_t cgroup_id, std::uint32_t entry) {
  return bpf_map_update_elem(bpf_map__fd(state_->skeleton->maps.fx_cgroup_ids), &cgroup_id, &entry,
                             BPF_ANY) == 0;
}

std::uint32_t Probe::take_cgroup(std::uint64_t cgroup_id) {
  std::uint32_t entry = 0;
  const int free_list = bpf_map__fd(state_->skeleton->maps.fx_free_cgroups);
  if (bpf_map_lookup_and_delete_elem(free_list, nullptr, &entry) != 0) return 0;
  fx_cgroup& cgroup = state_->cgroups.values()[entry];
  fx_cgroup fresh{};
  fresh.id = cgroup_id;
  // First: connections of its last use end by it, and never see another.
  fresh.serial = std::atomic_ref(cgroup.serial).fetch_add(1) + 1;
  cgroup = fresh;
  return share_cgroup(cgroup_id, entry) ? entry : 0;
}

void Probe::forget_cgroup(std::uint64_t cgroup_id) {
  bpf_map_delete_elem(bpf_map__fd(state_->skeleton->maps.fx_cgroup_ids), &cgroup_id);
}

void Probe::free_cgroup(std::uint32_t entry) {
  bpf_map_update_elem(bpf_map__fd(state_->skeleton->maps.fx_free_cgroups), nullptr, &entry, BPF_ANY);
}

std::string Probe::symbol(std::uint64_t address) const {
  if (!state_->features.has("fx_symbol")) return {};
  LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &address, .ctx_size_in = sizeof(address));
  const int program = bpf_program__fd(state_->skeleton->progs.fx_symbol);
  if (bpf_prog_test_run_opts(program, &run) != 0) return {};
  return state_->skeleton->bss->fx_symbol_name;
}

std::array<std::uint64_t, FX_LOSS_KINDS> Probe::losses() const {
  std::array<std::uint64_t, FX_LOSS_KINDS> result{};
  const int cpus = libbpf_num_possible_cpus();
  std::vector<std::uint64_t> values(static_cast<std::size_t>(std::max(cpus, 1)));
  for (std::uint32_t cause = 0; cause < FX_LOSS_KINDS; ++cause) {
    if (bpf_map_lookup_elem(bpf_map__fd(state_->skeleton->maps.fx_losses), &cause, values.data()) != 0)
      continue;
    for (const std::uint64_t value : values) result[cause] += value;
  }
  return result;
}

std::vector<ProgramStats> Probe::program_stats() const {
  std::vector<ProgramStats> result;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, state_->skeleton->obj) {
    if (!bpf_program__autoload(program)) continue;
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) continue;
    result.push_back({bpf_program__name(program), info.run_cnt, info.run_time_ns, info.recursion_misses});
  }
  return result;
}

StatsOn::StatsOn() : fd_(bpf_enable_stats(BPF_STATS_RUN_TIME)) {}
StatsOn::~StatsOn() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace faastax::bpf
