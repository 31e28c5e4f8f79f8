// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ledger/ledger.hpp"

/// A node of two CPUs as the tests tell its story: who forks, execs and runs for how long. Its kernel keeps
/// what was used, so every test can ask whether the books hold all of it.
namespace faastax::ledger::testdata {

inline constexpr Nanoseconds kMs = 1'000'000;
inline constexpr Nanoseconds kSecond = 1'000'000'000;

/// A few of the rules that faastax ships.
class FewRules final : public Catalog {
 public:
  ProgramKind program(std::string_view name) const override {
    static const std::map<std::string_view, ProgramKind> kKnown = {
        {"runc", {Program::kRuntime, "runc", Activity::kManage}},
        {"runc:[2:INIT]", {Program::kRuntime, "runc", Activity::kManage}},
        {"crun", {Program::kRuntime, "crun", Activity::kManage}},
        {"runsc", {Program::kRuntime, "runsc", Activity::kManage, true}},
        {"containerd-shim", {Program::kShim, "containerd-shim", Activity::kManage}},
        {"ctr", {Program::kClient, "ctr", Activity::kManage}},
        {"bridge", {Program::kCni, "cni:bridge", Activity::kManage}},
        {"host-local", {Program::kCni, "cni:host-local", Activity::kManage}},
        {"containerd", {Program::kDaemon, "containerd", Activity::kManage, false, true}},
        {"systemd", {Program::kDaemon, "systemd", Activity::kManage, false, true}},
        {"iptables", {Program::kTool, "iptables", Activity::kOther}},
        {"faastax", {Program::kSelf, "faastax", Activity::kObserve}},
        {"faastax-gateway", {Program::kOther, "gateway", Activity::kRoute}},
        {"faastax-templat", {Program::kOther, "template", Activity::kManage}},
        {"emergency-agent", {Program::kSpawner, "emergency-agent", Activity::kManage}},
        {"faastax-autoscal", {Program::kOther, "autoscaler", Activity::kManage}},
        {"h2load", {Program::kOther, "loadgen", Activity::kOther}},
    };
    const auto found = kKnown.find(name);
    return found == kKnown.end() ? ProgramKind{} : found->second;
  }
  ProgramKind work(std::string_view symbol) const override {
    return {.component = "kworker:" + std::string(symbol),
            .activity = symbol == "cleanup_net" ? Activity::kTeardown : Activity::kOther,
            .apportioned = symbol == "rht_deferred_worker"};
  }
};

/// Details of an exec that most stories leave out.
struct Exec {
  Verb verb = Verb::kNone;
  std::string sandbox = {};
  bool first = false;
};

class Script {
 public:
  explicit Script(Ledger::Options options = {.keep_instances = true, .uid_prefix = ""})
      : ledger_(rules_, std::move(options)) {
    read();
  }

  Ledger& ledger() { return ledger_; }
  Totals totals() const { return ledger_.totals(); }
  Nanoseconds now() const { return now_; }
  void apply(const Input& input) {
    const bool edge = !std::holds_alternative<CellsRead>(input);
    if (!edge || !ring_ || ring_()) ledger_.apply(input);
  }

  /// `has_room` says of each edge whether the ring takes it.
  void set_ring(std::function<bool()> has_room) { ring_ = std::move(has_room); }

  // Processes.

  AccountKey found(const std::string& name, CgroupId cgroup = 1) {
    return open(name, cgroup, 0, AccountOpened::Origin::kFound);
  }
  AccountKey work(const std::string& symbol) { return open(symbol, 0, 0, AccountOpened::Origin::kWork); }

  AccountKey interrupt(const std::string& component) {
    return open(component, 0, 0, AccountOpened::Origin::kInterrupt);
  }

  /// An interrupt takes so much of what `account` would have had.
  void carve(AccountKey account, AccountKey interrupt, Nanoseconds ns) {
    processes_.at(account).carved += ns;
    run(interrupt, ns);
  }

  /// A child of the same name, in the same cgroup unless another is given (clone3 into a cgroup).
  AccountKey fork(AccountKey parent, CgroupId cgroup = 0) {
    const Process& from = processes_.at(parent);
    return open(from.name, cgroup != 0 ? cgroup : from.cgroup, parent, AccountOpened::Origin::kFork);
  }

  /// The process enters another cgroup: the old account ends.
  AccountKey move(AccountKey account, CgroupId cgroup) {
    const AccountKey moved = open(processes_.at(account).name, cgroup, account, AccountOpened::Origin::kMove);
    processes_.at(account).ended = true;
    return moved;
  }

  void exec(AccountKey account, const std::string& name, const Exec& details = {}) {
    Process& process = processes_.at(account);
    process.name = name;
    apply(Executed{now_, account, process.cgroup, rules_.program(name).program, details.verb, details.first,
                   name, details.sandbox, process.used});
  }

  /// fork() and exec().
  AccountKey spawn(AccountKey parent, const std::string& name, const Exec& details = {}) {
    const AccountKey child = fork(parent);
    exec(child, name, details);
    return child;
  }

  /// `account` runs on one CPU while the other idles.
  void run(AccountKey account, Nanoseconds ns, Phase phase = Phase::kBeforeExec) {
    processes_.at(account).used[index_of(phase)] += ns;
    now_ += ns;
    cpus_[1].idle += ns;
  }

  /// An edge books more than `account` has used, or its next switch takes that back (below 0).
  void misjudge(AccountKey account, std::int64_t ns, Phase phase) {
    processes_.at(account).used[index_of(phase)] += static_cast<Nanoseconds>(ns);
  }

  const Buckets& used(AccountKey account) const { return processes_.at(account).used; }
  CgroupId cgroup_of(AccountKey account) const { return processes_.at(account).cgroup; }
  const std::string& name_of(AccountKey account) const { return processes_.at(account).name; }

  void exit(AccountKey account, std::int32_t status = 0, bool main = false) {
    Process& process = processes_.at(account);
    process.ended = true;
    apply(Exited{now_, account, process.cgroup, status, main});
  }

  /// Both CPUs idle.
  void pass(Nanoseconds ns) {
    now_ += ns;
    for (CellsRead::Cpu& cpu : cpus_) cpu.idle += ns;
  }

  /// The hypervisor takes a CPU away while the other idles.
  void steal(Nanoseconds ns) {
    now_ += ns;
    cpus_[0].steal += static_cast<std::int64_t>(ns);
    cpus_[1].idle += ns;
  }

  /// A CPU was busy and no account says with what.
  void lose(Nanoseconds ns) {
    now_ += ns;
    cpus_[1].idle += ns;
  }

  // Cgroups.

  void make(CgroupId cgroup, const std::string& path, AccountKey by, bool sandbox = true) {
    apply(CgroupChanged{now_, cgroup, 1, CgroupChanged::Change::kMade, by, sandbox, false, path});
  }
  void make_part(CgroupId cgroup, CgroupId parent) {
    apply(CgroupChanged{now_, cgroup, parent, CgroupChanged::Change::kMade, 0, false, true, ""});
  }
  void change(CgroupId cgroup, CgroupChanged::Change change, AccountKey by = 0) {
    apply(CgroupChanged{now_, cgroup, 0, change, by, true, false, ""});
  }
  void enter(CgroupId cgroup, AccountKey by) { change(cgroup, CgroupChanged::Change::kEntered, by); }
  /// `parent`, outside, forks the first process of a sandbox: a template process and its copy. It used `ns`
  /// for that, which its cells have as well.
  AccountKey spawn_into(CgroupId cgroup, AccountKey parent, Nanoseconds ns) {
    run(parent, ns);
    const AccountKey child = fork(parent, cgroup);
    enter(cgroup, child);
    apply(Spawned{now_, cgroup, parent, ns});
    return child;
  }
  void remove(CgroupId cgroup) { change(cgroup, CgroupChanged::Change::kRemoved); }

  void ready(CgroupId cgroup) { apply(BecameReady{now_, cgroup, false}); }
  void stop(CgroupId cgroup, std::uint32_t signal) { apply(StopBegan{now_, cgroup, signal, 0}); }
  void request(CgroupId cgroup, Nanoseconds started, bool aborted = false) {
    apply(RequestEnded{now_, started, cgroup, aborted});
  }
  /// The kernel's integral of its memory has grown by `byte_seconds`, and is read.
  void memory(CgroupId cgroup, InstanceState state, double byte_seconds, std::uint64_t bytes = 100,
              std::uint64_t limit = 0) {
    MemoryRead& memory = memory_[cgroup];
    memory.time = now_;
    memory.cgroup = cgroup;
    memory.byte_seconds[index_of(state)] += byte_seconds;
    memory.bytes = bytes;
    memory.peak_bytes = std::max(memory.peak_bytes, bytes);
    memory.limit_bytes = limit;
    apply(memory);
  }
  void identify(CgroupId cgroup, const std::string& function, const std::string& sandbox = "") {
    apply(Identified{now_, cgroup, sandbox, "ns", function, Track::kRegular, false, Phase::kBeforeExec});
  }
  void adopt(CgroupId cgroup, const std::string& function, Phase phase) {
    apply(Identified{now_, cgroup, function + "-live", "ns", function, Track::kRegular, true, phase});
  }

  /// The tables as they stand, and not yet applied: the ring is drained in between.
  CellsRead copy_tables() {
    CellsRead cells{now_, {}, {}};
    for (auto& [account, process] : processes_)
      cells.accounts.push_back({account, process.used, process.ended, process.carved});
    std::erase_if(processes_, [](const auto& entry) { return entry.second.ended; });
    for (std::size_t cpu = 0; cpu < cpus_.size(); ++cpu) {
      cpus_[cpu].cpu = static_cast<std::uint32_t>(cpu);
      cpus_[cpu].wall = now_;
      cells.cpus.push_back(cpus_[cpu]);
    }
    return cells;
  }
  void read() { apply(copy_tables()); }

  // Whole stories.

  /// `runtime run <sandbox>` up to the user's program: the runtime's account and the program's.
  struct Sandbox {
    AccountKey runtime = 0;
    AccountKey main = 0;
    CgroupId cgroup = 0;
  };
  Sandbox start(const std::string& id, CgroupId cgroup, const std::string& program = "server",
                const std::string& runtime = "crun") {
    Sandbox sandbox{.cgroup = cgroup};
    sandbox.runtime = spawn(shell(), runtime, {.verb = Verb::kRun, .sandbox = id});
    make(cgroup, "/" + id, sandbox.runtime);
    const AccountKey child = fork(sandbox.runtime);
    sandbox.main = move(child, cgroup);
    enter(cgroup, sandbox.main);
    exec(sandbox.main, program, {.first = true});
    return sandbox;
  }
  /// Its program ends, its runtime cleans up.
  void finish(const Sandbox& sandbox, std::int32_t status = 0) {
    exit(sandbox.main, status, true);
    remove(sandbox.cgroup);
    exit(sandbox.runtime);
    read();
  }

  AccountKey shell() {
    if (shell_ == 0) shell_ = found("sh");
    return shell_;
  }

  // What the books say, in nanoseconds.

  Nanoseconds component(const std::string& name, Activity activity) const {
    const Totals books = totals();
    const auto found = books.components.find(name);
    return found == books.components.end() ? 0 : found->second.of(activity);
  }
  Nanoseconds node(Activity activity) const { return totals().cpu.of(activity); }
  FunctionTotals function(const std::string& name) const {
    const Totals books = totals();
    for (const auto& [key, function] : books.functions) {
      if (key.function == name) return function;
    }
    return {};
  }
  Nanoseconds function(const std::string& name, Activity activity) const {
    return function(name).cpu.of(activity);
  }
  std::vector<InstanceReport> instances() const { return ledger_.report({}).instances.value(); }

 private:
  struct Process {
    std::string name;
    CgroupId cgroup = 0;
    Buckets used{};
    bool ended = false;
    Nanoseconds carved = 0;
  };

  AccountKey open(const std::string& name, CgroupId cgroup, AccountKey from, AccountOpened::Origin origin) {
    const AccountKey account = (1ULL << 32) | ++accounts_;
    processes_[account] = {.name = name, .cgroup = cgroup};
    apply(AccountOpened{now_, account, from, accounts_, 0, origin, origin == AccountOpened::Origin::kWork,
                        cgroup, name});
    return account;
  }

  FewRules rules_;
  Ledger ledger_;
  Nanoseconds now_ = 1000 * kSecond;
  std::uint32_t accounts_ = 0;
  AccountKey shell_ = 0;
  std::function<bool()> ring_;
  std::map<AccountKey, Process> processes_;
  std::map<CgroupId, MemoryRead> memory_;
  std::array<CellsRead::Cpu, 2> cpus_{};
};

/// Σ cells + unsettled + idle + steal + residual = wall × CPUs, and Σ over owners = the node's.
struct Balance {
  std::int64_t difference = 0;  ///< of wall
  std::int64_t owners = 0;      ///< node − Σ components − Σ instances' own
};
inline Balance balance_of(const Totals& books, Nanoseconds own_of_instances) {
  const auto number = [](Nanoseconds ns) { return static_cast<std::int64_t>(ns); };
  Nanoseconds components = 0;
  for (const auto& [name, cpu] : books.components) components += cpu.total();
  return {number(books.wall) - number(books.cpu.total() + books.unsettled + books.idle) - books.steal -
              books.residual,
          number(books.cpu.total()) - number(components) - number(own_of_instances)};
}

/// Σ of what the cgroups of all instances used, which their reports have in seconds.
inline Nanoseconds own_of(const Script& node) {
  Nanoseconds sum = 0;
  for (const InstanceReport& instance : node.instances())
    sum += static_cast<Nanoseconds>(std::llround(instance.own_seconds * 1e9));
  return sum;
}

/// No cell is less than it was.
inline bool grew(const CpuByActivity& before, const CpuByActivity& after) {
  for (std::size_t activity = 0; activity < kActivities; ++activity) {
    for (std::size_t evidence = 0; evidence < kEvidences; ++evidence) {
      if (after.ns[activity][evidence] < before.ns[activity][evidence]) return false;
    }
  }
  return true;
}

}  // namespace faastax::ledger::testdata
