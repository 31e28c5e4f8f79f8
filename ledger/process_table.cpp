// SPDX-License-Identifier: Apache-2.0
#include "ledger/process_table.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace faastax::ledger {
namespace {

constexpr const char* kWorker = "kworker";
constexpr const char* kPause = "pause";  // what holds a pod's namespaces; it runs no user's program
/// A process that was forked to run a command reaches its exec sooner, whatever its parent's size; one that
/// has used more did something else first.
constexpr Nanoseconds kForkToExec = 10'000'000;

bool bears_lineage(Program program) {
  return program == Program::kRuntime || program == Program::kShim || program == Program::kClient ||
         program == Program::kCni;
}

bool makes_sandbox(const Executed& input) {
  if (input.program == Program::kShim) return input.verb != Verb::kDelete;
  return input.program == Program::kRuntime && (input.verb == Verb::kRun || input.verb == Verb::kCreate);
}

/// A proxy beside a pod's function.
bool is_sidecar(const ProgramKind& kind) {
  return !kind.component.empty() && kind.activity == Activity::kRoute;
}

/// By the phase of its own container, which comes with the time: a short pod is over when its cells are read.
/// Until the pod is known to be ready a sidecar that listens is still part of what makes it so.
Activity sidecar_activity(const Instance& pod, Phase phase) {
  if (phase == Phase::kStopped) return Activity::kTeardown;
  if (pod.live_at_attach) return Activity::kRoute;
  const bool begins = phase == Phase::kBeforeExec || phase == Phase::kStarting;
  return begins || pod.ready == 0 ? Activity::kCreate : Activity::kRoute;
}

/// How far a bucket has grown. It is below 0 when an edge's estimate was taken back from the next one.
std::uint64_t grown(std::uint64_t& seen, std::uint64_t now) {
  if (static_cast<std::int64_t>(now) <= static_cast<std::int64_t>(seen)) return 0;
  return now - std::exchange(seen, now);
}

/// At most `most` of what is there.
std::uint64_t take(std::uint64_t& from, std::uint64_t most) {
  const std::uint64_t taken = std::min(from, most);
  from -= taken;
  return taken;
}

/// The same of all buckets. What one has fallen below what was seen of it is left out where others have
/// grown, of these the last phase first. Where none has, it is at a later reading.
Buckets grown(Buckets& seen, const Buckets& now) {
  Buckets result{};
  for (std::size_t phase = 0; phase < kPhases; ++phase) result[phase] = grown(seen[phase], now[phase]);
  for (std::size_t fallen = 0; fallen < kPhases; ++fallen) {
    for (std::size_t phase = kPhases; phase-- > 0 && seen[fallen] != now[fallen];) {
      seen[fallen] -= take(result[phase], seen[fallen] - now[fallen]);
    }
  }
  return result;
}

}  // namespace

void ProcessTable::set_name(Process& process, const std::string& name, const Catalog& catalog) {
  process.name = name;
  process.kind = catalog.program(name);
}

void ProcessTable::open(const AccountOpened& input) {
  Process process;
  process.cgroup = input.cgroup;
  process.work = input.origin == AccountOpened::Origin::kWork;
  process.interrupt = input.origin == AccountOpened::Origin::kInterrupt;
  process.forked = input.origin == AccountOpened::Origin::kFork;
  set_name(process, input.name, catalog_);
  if (process.work) process.kind = catalog_.work(input.name);
  if (const auto from = processes_.find(input.from); from != processes_.end()) {
    process.lineage = from->second.lineage;
    process.component = from->second.component;
  }
  if (process.lineage) process.lineage->enter();
  // The tables may show an account's first time before the ring announces it.
  Process& known = processes_[input.account];
  process.seen = known.seen;
  process.carved_seen = known.carved_seen;
  process.cycles_seen = known.cycles_seen;
  process.instructions_seen = known.instructions_seen;
  process.advance = known.advance;
  known = std::move(process);
}

void ProcessTable::rename(const Renamed& input) {
  const auto found = processes_.find(input.account);
  // In a lineage the program counts, not what it calls itself: `runc:[2:INIT]` is runc.
  if (found != processes_.end() && !found->second.lineage) set_name(found->second, input.name, catalog_);
}

void ProcessTable::execute(const Executed& input) {
  if (const auto found = processes_.find(input.account); found != processes_.end()) {
    become(found->second, input);
  }
  if (!input.first_in_sandbox) return;
  const InstancePtr instance = instances_.by_cgroup(input.cgroup);
  if (!instance) return;
  if (!instance->is_pod) {
    instances_.execute(*instance, input.time, input.name);
  } else if (input.name != kPause && !is_sidecar(catalog_.program(input.name))) {
    instances_.execute_in_pod(*instance, input.cgroup, input.time, input.name);
  }
}

/// What a command's process used from its fork to its exec is the command's, not its caller's: a sandbox's
/// cost begins with its first process's first slice.
bool ProcessTable::was_forked_for(const Process& process, const Executed& input) const {
  if (!process.forked || process.lineage || !bears_lineage(input.program) || is_inside(process)) return false;
  return std::accumulate(input.before.begin(), input.before.end(), std::uint64_t{0}) <= kForkToExec;
}

void ProcessTable::become(Process& process, const Executed& input) {
  const bool was_its_own = !was_forked_for(process, input);
  process.forked = false;
  if (was_its_own) book_before_exec(process, input.before);
  // A runtime or shim that runs itself again (`runc init`, a shim's daemon) goes on with its work.
  const bool goes_on = process.lineage && process.kind.program == input.program &&
                       (input.program == Program::kRuntime || input.program == Program::kShim);
  set_name(process, input.name, catalog_);
  if (goes_on) {
    name_sandbox(process, input);
  } else if (is_inside(process)) {
    // A platform's program in a sandbox (a service manager, a nested runtime) is the sandbox's own.
  } else if (bears_lineage(input.program)) {
    start_lineage(process, input);
    name_sandbox(process, input);
  } else if (input.program == Program::kDaemon || input.program == Program::kSelf) {
    if (const LineagePtr left = std::exchange(process.lineage, nullptr)) leave_lineage(left, input.time);
  }
  if (!was_its_own) book_before_exec(process, input.before);
}

void ProcessTable::leave_lineage(const LineagePtr& lineage, Nanoseconds time) {
  lineage->leave(books_);
  if (!lineage->is_over()) return;
  if (const InstancePtr instance = lineage->abandoned()) instances_.fail(*instance, time);
}

void ProcessTable::start_lineage(Process& process, const Executed& input) {
  LineagePtr above = process.lineage;
  process.lineage = std::make_shared<Lineage>(duty_of(input.program, input.verb), above);
  process.lineage->enter();
  process.component = process.kind.component.empty() ? input.name : process.kind.component;
  if (above) leave_lineage(above, input.time);
}

InstancePtr ProcessTable::sandbox_of_cni(const std::string& id) const {
  if (InstancePtr instance = instances_.by_sandbox(id)) return instance;
  // containerd's own client puts its namespace before the id.
  const auto dash = id.find('-');
  return dash == std::string::npos ? nullptr : instances_.by_sandbox(id.substr(dash + 1));
}

void ProcessTable::name_sandbox(Process& process, const Executed& input) {
  if (input.sandbox.empty()) return;
  InstancePtr instance;
  if (makes_sandbox(input)) {
    instance = instances_.named(input.sandbox, input.time);
    if (process.kind.hides_requests) instances_.hide_requests(*instance);
    process.lineage->names(instance);
    if (input.program == Program::kRuntime && instance->runtime.empty())
      instance->runtime = process.component;
  } else if (input.program == Program::kCni) {
    instance = sandbox_of_cni(input.sandbox);
  } else {
    instance = instances_.by_sandbox(input.sandbox);
  }
  if (instance) process.lineage->serve(instance, books_);
}

void ProcessTable::name_client(const ClientNamed& input) {
  const auto found = processes_.find(input.account);
  if (found == processes_.end() || !found->second.lineage) return;
  if (const InstancePtr instance = instances_.by_sandbox(input.sandbox)) {
    found->second.lineage->serve(instance, books_);
  }
}

std::string ProcessTable::name_of(AccountKey account) const {
  const auto found = processes_.find(account);
  return found == processes_.end() ? "unknown" : found->second.name;
}

LineagePtr ProcessTable::lineage_of(AccountKey account) const {
  const auto found = processes_.find(account);
  return found == processes_.end() ? nullptr : found->second.lineage;
}

void ProcessTable::read(const CellsRead::Account& cells, Nanoseconds time,
                        const CellsRead::Counted* counted) {
  const auto found = processes_.find(cells.account);
  if (found == processes_.end()) {
    // Its opening edge was lost: what it used still counts.
    Process process;
    process.name = process.component = kUnattributed;
    book(process, cells.total, counted);
    if (!cells.ended) processes_[cells.account] = std::move(process);
    return;
  }
  book(found->second, cells.total, counted);
  book_carved(found->second, cells.carved);
  if (!cells.ended) return;
  take_back(found->second, cells.total);
  books_.owe(found->second.advance);
  const LineagePtr lineage = found->second.lineage;
  processes_.erase(found);
  if (lineage) leave_lineage(lineage, time);
}

void ProcessTable::book(Process& process, const Buckets& total, const CellsRead::Counted* counted) {
  const Buckets used = grown(process.seen, total);
  for (std::size_t phase = 0; phase < kPhases; ++phase) {
    Amount amount{used[phase]};
    if (counted != nullptr) {
      amount.cycles = grown(process.cycles_seen[phase], counted->cycles[phase]);
      amount.instructions = grown(process.instructions_seen[phase], counted->instructions[phase]);
      amount.cycles -= take(process.advance.cycles, amount.cycles);
      amount.instructions -= take(process.advance.instructions, amount.instructions);
    }
    if (!amount.empty()) book_phase(process, static_cast<Phase>(phase), amount);
  }
}

/// An exec tells the time before it, not its cycles: the node's own rate stands in, and what it gives is
/// left out when they are read. What then was not there to be left out is owed by the next estimate.
void ProcessTable::book_before_exec(Process& process, const Buckets& total) {
  const Buckets used = grown(process.seen, total);
  for (std::size_t phase = 0; phase < kPhases; ++phase) {
    const Amount estimated = books_.estimate(used[phase]);
    process.advance += estimated;
    const Amount amount = books_.pay(estimated);
    if (!amount.empty()) book_phase(process, static_cast<Phase>(phase), amount);
  }
}

/// As before an exec: the cells have it as well, and are known to.
void ProcessTable::book_fork(AccountKey account, Nanoseconds ns, const InstancePtr& instance) {
  const auto found = processes_.find(account);
  if (found == processes_.end() || found->second.lineage || is_inside(found->second)) return;
  Process& process = found->second;
  process.seen[index_of(Phase::kBeforeExec)] += ns;
  const Amount estimated = books_.estimate(ns);
  process.advance += estimated;
  const std::string& named = process.kind.component;
  books_.book_component(named.empty() ? kNode : named, Activity::kCreate, Evidence::kDirect,
                        books_.pay(estimated), instance.get());
}

/// Nothing of it is in the cells of this account: the interrupts' own have it.
void ProcessTable::book_carved(Process& process, Nanoseconds carved) {
  const Nanoseconds ns = carved - std::exchange(process.carved_seen, carved);
  books_.totals().carved += ns;
  if (process.own) process.own->carved += ns;
}

void ProcessTable::book_phase(Process& process, Phase phase, const Amount& amount) {
  if (process.interrupt) {
    books_.book_component(process.name, Activity::kOther, Evidence::kDirect, amount, nullptr);
    return;
  }
  if (!process.own && !process.work) process.own = instances_.by_cgroup(process.cgroup);
  const std::string& named = process.kind.component;
  if (is_own(process)) {
    book_own(process, phase, amount);
    return;
  }
  if (process.own) {
    books_.book_component(named, sidecar_activity(*process.own, phase), Evidence::kDirect, amount,
                          process.own.get());
    return;
  }
  if (process.lineage) {
    process.lineage->book(named.empty() ? process.component : named, phase, amount, books_);
    return;
  }
  if (process.kind.apportioned) {
    apportioner_.use(named, process.kind.activity, amount);
  } else if (!named.empty()) {
    books_.book_component(named, process.kind.activity, Evidence::kDirect, amount, nullptr);
  } else if (process.name.starts_with(kWorker)) {
    books_.book_component(kWorker, Activity::kOther, Evidence::kDirect, amount, nullptr);
  } else {
    const bool lost = process.component == kUnattributed;
    books_.book_component(lost ? kUnattributed : kNode, Activity::kOther, Evidence::kDirect, amount, nullptr);
  }
}

/// A sidecar's time is a component's that serves its pod.
bool ProcessTable::is_own(const Process& process) {
  return process.own && !(process.own->is_pod && is_sidecar(process.kind));
}

/// The last switch took back an estimate that had been read.
void ProcessTable::take_back(Process& process, const Buckets& total) {
  if (!is_own(process)) return;
  Nanoseconds fallen = 0;
  for (std::size_t phase = 0; phase < kPhases; ++phase) fallen += process.seen[phase] - total[phase];
  books_.overbooked(*process.own, fallen);
}

void ProcessTable::book_own(Process& process, Phase phase, const Amount& amount) {
  Instance& instance = *process.own;
  instance.own += amount.ns;
  if (process.lineage && process.lineage->duty() == Duty::kManage) {
    books_.book_instance(instance, Activity::kManage, Evidence::kDirect, amount);
    return;
  }
  const Evidence handled = instance.requests_hidden ? Evidence::kInferred : Evidence::kDirect;
  switch (phase) {
    case Phase::kBeforeExec:
      books_.book_instance(instance, Activity::kCreate, Evidence::kDirect, amount);
      return;
    case Phase::kStarting:
      if (instance.settlement == Settlement::kOpen) {
        books_.hold(instance, amount);
      } else if (instance.settlement == Settlement::kServer) {
        books_.book_instance(instance, Activity::kInit, Evidence::kDirect, amount);
      } else {
        books_.book_instance(instance, Activity::kHandle, handled, amount);
      }
      return;
    case Phase::kIdle:
      books_.book_instance(instance, instance.requests_hidden ? Activity::kHandle : Activity::kIdle, handled,
                           amount);
      return;
    case Phase::kBusy:
      books_.book_instance(instance, Activity::kHandle, Evidence::kDirect, amount);
      return;
    case Phase::kOpaque:
      books_.book_instance(instance, Activity::kHandle, Evidence::kInferred, amount);
      return;
    case Phase::kProbed:
      books_.book_instance(instance, Activity::kManage, Evidence::kDirect, amount);
      return;
    case Phase::kStopped:
      books_.book_instance(instance, Activity::kTeardown, Evidence::kDirect, amount);
      return;
  }
}

void ProcessTable::give_up() {
  for (auto& [account, process] : processes_) {
    if (process.lineage) process.lineage->give_up(books_);
  }
}

}  // namespace faastax::ledger
