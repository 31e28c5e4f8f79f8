// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/engine.hpp"

#include <algorithm>
#include <numeric>
#include <thread>
#include <utility>

#include "agent/engine/catalog.hpp"
#include "agent/engine/clock.hpp"
#include "agent/engine/decode.hpp"
#include "agent/host/live_sandboxes.hpp"
#include "agent/host/node_info.hpp"

namespace faastax::engine {
namespace {

constexpr std::chrono::milliseconds kShortestDrain{20};
constexpr std::chrono::milliseconds kLongestDrain{100};
constexpr std::uint32_t kEdgeBytesEachMillisecond = 80'000;  // a thousand requests' edges
constexpr ledger::Nanoseconds kStillPeriods = 10;
constexpr auto kCalibration = std::chrono::milliseconds(50);

/// What the kernel knows health probes by.
bpf::Probes kernel_probes(const rules::Rules& rules) {
  bpf::Probes result;
  for (const rules::ProbeRule& rule : rules.probes()) {
    if (rule.sign == rules::ProbeSign::kUserAgent) result.headers.push_back({"user-agent", rule.text});
    if (rule.sign == rules::ProbeSign::kHeader) result.headers.push_back({rule.text, ""});
    if (rule.sign != rules::ProbeSign::kSource) continue;
    if (const auto range = rules::parse_address_range(rule.text))
      result.sources.push_back({range->address, range->bits});
  }
  return result;
}

/// A counter that was free a moment ago may be another's by now: seconds are worth more than cycles.
base::Result<bpf::Probe> load_probe(bpf::ProbeOptions& options, const bpf::Features& features) {
  auto probe = bpf::Probe::load(options, features);
  if (probe || options.cycles.mode == bpf::CycleMode::kNone) return probe;
  options.cycles = {.mode = bpf::CycleMode::kNone, .reason = probe.error()};
  return bpf::Probe::load(options, features);
}

}  // namespace

Engine::Engine(const rules::Rules& rules, const EngineOptions& options, host::CgroupLayout layout,
               bpf::Probe probe, bpf::CycleSource cycles, Sink sink)
    : rules_(rules),
      options_(options),
      layout_(std::move(layout)),
      probe_(std::move(probe)),
      sink_(std::move(sink)),
      cycle_source_(std::move(cycles)),
      tables_(probe_, cycle_source_.mode),
      counting_(probe_, cycle_source_.mode),
      translator_(rules_, layout_, probe_, sink_),
      memory_(rules_, layout_, options_.roots, probe_, sink_) {}

base::Result<std::unique_ptr<Engine>> Engine::start(const rules::Rules& rules, const EngineOptions& options,
                                                    Sink sink) {
  host::CgroupLayout layout = host::CgroupLayout::detect(options.roots);
  if (!layout.usable()) return base::failure(layout.problem);
  auto features = bpf::probe_features(options.roots.sys.string());
  if (!features) return base::failure(features.error());
  bpf::ProbeOptions probe_options{.cgroup_mount = layout.v2_mount.string(),
                                  .types = bpf::types_path(options.roots.sys.string()),
                                  .cpus = host::online_cpus(options.roots),
                                  .ring_bytes = options.ring_bytes,
                                  .accounts = options.accounts,
                                  .cgroups = options.cgroups,
                                  .work_functions = options.work_functions,
                                  .slices = options.slices,
                                  .interrupts = options.interrupts,
                                  .cycles = {},
                                  .drop_percent = options.drop_percent,
                                  .programs = kernel_programs(rules),
                                  .probes = kernel_probes(rules)};
  probe_options.cycles = options.cycles ? *options.cycles : bpf::find_cycle_source(probe_options.cpus);
  auto probe = load_probe(probe_options, *features);
  if (!probe) return base::failure(probe.error());
  if (auto done = probe->attach(); !done) return base::failure(done.error());
  std::unique_ptr<Engine> engine(new Engine(rules, options, std::move(layout), std::move(*probe),
                                            probe_options.cycles, std::move(sink)));
  engine->hooks_ = features->hooks;
  for (const bpf::HookState& refused : engine->probe_.refused()) {
    for (bpf::HookState& hook : engine->hooks_) {
      if (hook.hook.program == refused.hook.program) hook = refused;
    }
  }
  engine->read_clocks();
  engine->adopt_live_sandboxes();
  if (auto done = engine->probe_.open_books(); !done) return base::failure(done.error());
  engine->tell_cycle_source();
  if (auto done = engine->snapshot(); !done) return base::failure(done.error());
  engine->calibrate();
  return engine;
}

void Engine::tell_cycle_source() {
  if (cycle_source_.mode == bpf::CycleMode::kNone) return;
  sink_(ledger::CountersOpened{std::string(bpf::name_of(cycle_source_.mode)), cycle_source_.instructions});
}

void Engine::adopt_live_sandboxes() {
  const ledger::Nanoseconds now = monotonic_now();
  for (const host::LiveSandbox& sandbox : host::find_live_sandboxes(rules_, layout_, options_.roots)) {
    translator_.adopt(sandbox, now);
  }
}

/// What a run of each program costs on this node, statistics' own cost included.
void Engine::calibrate() {
  const auto before = probe_.program_stats();
  {
    const bpf::StatsOn statistics;
    std::this_thread::sleep_for(kCalibration);
  }
  const auto after = probe_.program_stats();
  for (std::size_t i = 0; i < after.size() && i < before.size(); ++i) {
    const std::uint64_t runs = after[i].runs - before[i].runs;
    if (runs == 0) continue;
    ns_per_run_[after[i].name] =
        static_cast<double>(after[i].run_ns - before[i].run_ns) / static_cast<double>(runs);
  }
}

base::Result<void> Engine::drain() {
  if (auto done = counting_.tick(monotonic_now()); !done) return done;
  return take_in();
}

base::Result<void> Engine::take_in() {
  auto done = probe_.drain([this](const fx_edge& edge) { translator_.translate(edge); });
  if (!done) return base::failure(done.error());
  edges_ += static_cast<std::uint64_t>(*done);
  // At once: until its first look a sandbox that never leaves its CPU has whatever it was born with.
  probe_.watch_memory(memory_.any_lives(translator_.cgroups()));
  auto slices = probe_.drain_slices([this](const fx_slice& slice) {
    sink_(ledger::SliceRan{slice.time_ns, slice.cpu, account_key(slice.account, slice.serial),
                           static_cast<ledger::Phase>(slice.phase), slice.ns});
  });
  if (!slices) return base::failure(slices.error());
  return {};
}

std::chrono::milliseconds Engine::drain_period() const {
  const std::chrono::milliseconds until_full(options_.ring_bytes / kEdgeBytesEachMillisecond);
  return std::clamp(until_full, kShortestDrain, kLongestDrain);
}

base::Result<void> Engine::snapshot() { return snapshot(false); }

base::Result<void> Engine::snapshot(bool whole) {
  // Here, as it flushes: no CPU's books may go on between the reading of the tables and mark_window().
  if (auto done = counting_.tick(monotonic_now()); !done) return done;
  if (auto done = probe_.flush(host::online_cpus(options_.roots)); !done) return done;
  const ledger::Nanoseconds now = monotonic_now();
  // The tables first: every account in them has announced itself in the ring by then, and every slice too.
  const ledger::CellsRead cells = tables_.read(now);
  if (auto done = take_in(); !done) return done;
  if (const std::uint64_t lost = probe_.losses()[FX_LOSS_RING]; lost != lost_edges_) {
    lost_edges_ = lost;
    translator_.sweep(now);
  }
  translator_.tell_requests(now);
  memory_.note_runs(cells);
  read_memory(now, whole);
  read_clocks();
  report_programs();
  report_losses();
  sink_(cells);
  for (const ledger::CellsRead::Account& account : cells.accounts) {
    if (account.ended) translator_.ended(account.account);
  }
  tables_.release();
  translator_.release([this](std::uint32_t entry) { return tables_.uses_entry(entry); });
  return {};
}

base::Result<void> Engine::mark_window(bool open) {
  if (auto done = snapshot(true); !done) return done;
  // The window's ends are where the CPUs' books were read.
  ledger::Nanoseconds sum = 0;
  for (const unsigned cpu : probe_.online_cpus())
    sum += probe_.cpus()[cpu].flushed_mono_ns / probe_.online_cpus().size();
  sink_(ledger::WindowMarked{sum, open});
  return {};
}

void Engine::read_clocks() {
  const ledger::Nanoseconds before = monotonic_now();
  const ledger::Nanoseconds real = read_clock(CLOCK_REALTIME);
  sink_(ledger::ClocksRead{std::midpoint(before, monotonic_now()), real});
}

void Engine::read_memory(ledger::Nanoseconds now, bool all) {
  const auto period =
      static_cast<ledger::Nanoseconds>(std::chrono::nanoseconds(options_.memory_period).count());
  if (!all && now < memory_read_ + period) return;
  memory_read_ = now;
  memory_.read_sandboxes(translator_.cgroups(), all ? 0 : period * kStillPeriods);
  memory_.read_platform(now, all);
}

void Engine::report_programs() {
  std::uint64_t switches = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  for (const unsigned number : probe_.booked_cpus()) {
    const fx_cpu& cpu = probe_.cpus()[number];
    switches += cpu.switches;
    packets_in += cpu.packets_in;
    packets_out += cpu.packets_out;
  }
  sink_(ledger::ProgramRan{"fx_switch", switches, ns_per_run_["fx_switch"]});
  sink_(ledger::ProgramRan{"fx_ingress", packets_in, ns_per_run_["fx_ingress"]});
  sink_(ledger::ProgramRan{"fx_egress", packets_out, ns_per_run_["fx_egress"]});
}

void Engine::report_losses() {
  const auto losses = probe_.losses();
  std::uint64_t skipped = 0;
  for (const bpf::ProgramStats& program : probe_.program_stats()) skipped += program.misses;
  // A slice that is not kept leaves the recording short, not the books.
  const std::uint64_t slices = losses[FX_LOSS_SLICE];
  sink_(ledger::Lost{std::accumulate(losses.begin(), losses.end(), skipped) - slices, slices});
}

}  // namespace faastax::engine
