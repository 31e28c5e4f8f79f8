// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.hpp"

#include <algorithm>
#include <utility>

#include "ledger/report_builder.hpp"

namespace faastax::ledger {
namespace {

std::string leaf_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

Ledger::Ledger(const Catalog& catalog, Options options)
    : options_(std::move(options)),
      instances_(books_, options_.keep_instances),
      apportioner_(books_, instances_.operations()),
      processes_(catalog, instances_, books_, apportioner_),
      timeline_(options_.timeline) {}

void Ledger::apply(const Input& input) {
  std::visit([this](const auto& value) { on(value); }, input);
}

void Ledger::on(const Exited& input) {
  if (!input.main) return;
  const InstancePtr instance = instances_.by_user_cgroup(input.cgroup);
  if (!instance) return;
  instance->exit_status = input.status;
  instances_.stop(*instance, input.time);
}

void Ledger::enter_cgroup(const CgroupChanged& input) {
  const auto maker = makers_.find(input.cgroup);
  LineagePtr lineage = maker == makers_.end() ? nullptr : maker->second;
  // With systemd's driver PID 1 makes the cgroup; who enters it has the runtime's lineage (runc#4853).
  if (!lineage) lineage = processes_.lineage_of(input.by);
  const std::string leaf = leaf_of(paths_[input.cgroup]);
  InstancePtr instance = instances_.pod_of(input.cgroup, leaf);
  if (instance) {
    instances_.enter_pod(instance, input.cgroup, leaf, input.time);
    if (lineage) lineage->made(instance, books_);
    makers_.erase(input.cgroup);
    paths_.erase(input.cgroup);
    return;
  }
  if (lineage) instance = lineage->served();
  if (!instance || instance->cgroup != 0 || instance->is_over()) {
    instance = instances_.entering(input.cgroup, leaf, input.time);
  }
  instance->is_pod = instances_.is_in_pod(input.cgroup, leaf);
  if (instance->is_pod) instance->containers.push_back(leaf);
  instances_.enter(instance, input.cgroup, input.time);
  if (lineage) lineage->made(instance, books_);
  if (maker != makers_.end()) makers_.erase(maker);
  paths_.erase(input.cgroup);
}

void Ledger::on(const CgroupChanged& input) {
  using Change = CgroupChanged::Change;
  switch (input.change) {
    case Change::kMade:
      if (input.part_of_parent) {
        instances_.join(input.cgroup, input.parent);
      } else if (input.sandbox) {
        makers_[input.cgroup] = processes_.lineage_of(input.by);
        paths_[input.cgroup] = input.path;
      }
      return;
    case Change::kEntered:
      if (input.sandbox && !instances_.by_cgroup(input.cgroup)) enter_cgroup(input);
      return;
    case Change::kFrozen:
    case Change::kThawed:
      if (const InstancePtr instance = instances_.by_cgroup(input.cgroup)) {
        instance->frozen = input.change == Change::kFrozen;
      }
      return;
    case Change::kRemoved:
      instances_.remove(input.cgroup, input.time);
      makers_.erase(input.cgroup);
      paths_.erase(input.cgroup);
      return;
    case Change::kEmpty:
      // Its last process has ended, whether or not the main one was known.
      if (const InstancePtr instance = instances_.by_cgroup(input.cgroup);
          instance && instance->cgroup == input.cgroup && instance->execed != 0) {
        instances_.stop(*instance, input.time);
      }
      return;
    case Change::kFilled:
      return;
  }
}

void Ledger::on(const BecameReady& input) {
  const InstancePtr instance = instances_.by_user_cgroup(input.cgroup);
  if (!instance) return;
  instances_.become_ready(*instance, input.time);
}

void Ledger::on(const Spawned& input) {
  const InstancePtr instance = instances_.by_cgroup(input.cgroup);
  if (!instance || instance->execed != 0) return;
  instances_.execute(*instance, input.time, processes_.name_of(input.from));
  processes_.book_fork(input.from, input.from_ns, instance);
}

void Ledger::on(const StopBegan& input) {
  const InstancePtr instance = instances_.by_user_cgroup(input.cgroup);
  if (!instance) return;
  instance->stop_signal = input.signal;
  instances_.stop(*instance, input.time);
}

void Ledger::on(const OutOfMemory& input) {
  if (const InstancePtr instance = instances_.by_user_cgroup(input.cgroup)) instance->oom = true;
}

void Ledger::on(const RequestEnded& input) {
  if (const InstancePtr instance = instances_.by_user_cgroup(input.cgroup))
    instances_.end_request(*instance, input);
}

void Ledger::on(const RequestsOpen& input) {
  if (const InstancePtr instance = instances_.by_user_cgroup(input.cgroup))
    instances_.open_requests(*instance, input);
}

void Ledger::on(const MemoryRead& input) {
  const InstancePtr instance = instances_.by_cgroup(input.cgroup);
  if (instance && instance->cgroup == input.cgroup) instances_.read_memory(*instance, input);
}

void Ledger::on(const OverheadSampled& input) {
  Totals& totals = books_.totals();
  if (overhead_since_ != 0) {
    const double seconds = static_cast<double>(input.time - overhead_since_) / kNanosecondsPerSecond;
    totals.overhead_byte_seconds += seconds * static_cast<double>(totals.overhead_bytes);
  }
  overhead_since_ = input.time;
  totals.overhead_bytes = input.bytes;
}

void Ledger::on(const SliceRan& input) {
  has_slices_ = true;
  SliceSums& sums = slices_[input.account][index_of(input.phase)];
  if (input.ns < 0) {
    sums.taken -= input.ns;
  } else {
    sums.added += input.ns;
  }
}

/// CPUs book while a line is copied: which of the slices since the last reading the cells have is known of an
/// ended account alone, all of them. After a loss the sum is known within as much, until later readings
/// narrow it: one loss is one mismatch.
bool Ledger::slices_agree(const CellsRead::Account& cells) {
  bool agree = true;
  auto& buckets = slices_[cells.account];
  for (std::size_t phase = 0; phase < kPhases; ++phase) {
    SliceSums& sums = buckets[phase];
    // A bucket is below 0 for a while when an edge's estimate was taken back from the next one.
    const auto total = static_cast<std::int64_t>(cells.total[phase]);
    const std::int64_t lowest = total - sums.added + (cells.ended ? sums.taken : 0);
    const std::int64_t highest = total + sums.taken - (cells.ended ? sums.added : 0);
    if (lowest <= sums.highest && sums.lowest <= highest) {
      sums.lowest = std::max(sums.lowest, lowest);
      sums.highest = std::min(sums.highest, highest);
    } else {
      agree = false;
      sums.lowest = lowest;
      sums.highest = highest;
    }
    const std::int64_t since = sums.added - sums.taken;
    sums = {.lowest = sums.lowest + since, .highest = sums.highest + since};
  }
  if (cells.ended) slices_.erase(cells.account);
  return agree;
}

void Ledger::check_slices(const CellsRead& input) {
  if (!has_slices_) return;
  for (const CellsRead::Account& cells : input.accounts) {
    if (!slices_agree(cells)) ++slice_mismatches_;
  }
  count_lost_records();
}

/// What the ring had no room for is a mismatch as well: the larger count has both.
void Ledger::count_lost_records() {
  books_.totals().lost_records = std::max(slices_lost_, slice_mismatches_);
}

/// The books begin at the first reading; a CPU that comes online later has no past before them.
void Ledger::read_cpus(const std::vector<CellsRead::Cpu>& cpus) {
  const bool begin = cpus_.empty();
  std::uint32_t online = 0;  // an offline CPU's clock stands
  for (const CellsRead::Cpu& cpu : cpus) {
    const auto [state, first] = cpus_.try_emplace(cpu.cpu, CpuState{begin ? cpu : CellsRead::Cpu{}, cpu});
    if (first || cpu.wall != state->second.last.wall) ++online;
    state->second.last = cpu;
  }
  books_.totals().cpus = online;
}

void Ledger::on(const CellsRead& input) {
  books_.set_time(input.time);
  check_slices(input);
  auto counted = input.counted.begin();
  for (const CellsRead::Account& account : input.accounts) {
    const bool is_counted = counted != input.counted.end() && counted->account == account.account;
    processes_.read(account, input.time, is_counted ? &*counted : nullptr);
    if (is_counted) ++counted;
  }
  apportioner_.end_period(input.time);
  read_cpus(input.cpus);
  Totals& totals = books_.totals();
  totals.counting.idle_cycles = input.idle_cycles;
  totals.counting.refused = input.refused_readings;
  totals.wall = totals.idle = 0;
  totals.steal = 0;
  for (const auto& [number, cpu] : cpus_) {
    totals.wall += cpu.last.wall - cpu.first.wall;
    totals.idle += cpu.last.idle - cpu.first.idle;
    totals.steal += cpu.last.steal - cpu.first.steal;
  }
  const Nanoseconds booked = totals.cpu.total() + totals.unsettled + totals.idle;
  totals.residual = static_cast<std::int64_t>(totals.wall) - static_cast<std::int64_t>(booked) - totals.steal;
  instances_.advance(input.time);
  forget_functions(input.time);
  timeline_.advance(totals, input.time);
}

void Ledger::forget_functions(Nanoseconds now) {
  const Nanoseconds keep = options_.forget_functions_after;
  // Now and then: it walks over all of them.
  if (keep == 0 || now < functions_forgotten_ + keep / 16) return;
  functions_forgotten_ = now;
  if (now > keep) books_.forget_functions(now - keep);
}

void Ledger::on(const CountersOpened& input) {
  books_.totals().counting.source = input.source;
  books_.totals().counting.instructions = input.instructions;
}

void Ledger::on(const ProgramRan& input) {
  auto& programs = books_.totals().programs;
  const auto known = std::ranges::find(programs, input.name, &ProgramCost::name);
  const ProgramCost cost{input.name, input.runs, input.ns_per_run};
  if (known == programs.end()) {
    programs.push_back(cost);
  } else {
    *known = cost;
  }
}

void Ledger::on(const Lost& input) {
  books_.totals().lost_events = input.events;
  slices_lost_ = input.records;
  count_lost_records();
}

void Ledger::on(const WindowMarked& input) {
  apportioner_.give_up();
  if (input.open) {
    opened_ = state_at(input.time);
    closed_.reset();
    timeline_.begin(opened_.totals, input.time);
    return;
  }
  processes_.give_up();
  closed_ = state_at(input.time);
  timeline_.end(closed_->totals, input.time);
}

Ledger::Window Ledger::state_at(Nanoseconds time) const {
  return {totals(), time, static_cast<std::uint64_t>(instances_.live().size())};
}

void Ledger::set_gauges(Totals& totals) const {
  totals.memory_bytes = {};
  totals.reserved_bytes = 0;
  for (auto& [name, function] : totals.functions) function.instances = {};
  for (const InstancePtr& instance : instances_.live()) {
    const bool busy = instance->state == InstanceState::kIdle && instance->open_requests > 0;
    const InstanceState state = busy ? InstanceState::kBusy : instance->state;
    totals.memory_bytes[index_of(state)] += instance->memory_bytes;
    totals.reserved_bytes += instance->memory_limit_bytes;
    if (instance->has_name) ++totals.functions[instance->name].instances[index_of(state)];
  }
}

Totals Ledger::totals() const {
  Totals result = books_.totals();
  set_gauges(result);
  return result;
}

const Totals& Ledger::current() {
  set_gauges(books_.totals());
  return books_.totals();
}

Report Ledger::report(const NodeInfo& node) const {
  const Window now = closed_ ? *closed_ : state_at(clocks_.mono);
  ReportInputs inputs{opened_.totals, now.totals, opened_.time, now.time, clocks_, opened_.live, now.live};
  Report report = build_report(inputs, node);
  report.timeline = timeline_.points();
  if (options_.keep_instances) {
    std::vector<InstancePtr> all = instances_.ended();
    const auto live = instances_.live();
    all.insert(all.end(), live.begin(), live.end());
    report.instances = describe_instances(std::move(all), options_.uid_prefix, now.totals.counting);
  }
  return report;
}

}  // namespace faastax::ledger
