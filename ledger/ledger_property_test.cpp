// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/testdata/script.hpp"

/// Whatever happens on a node: every nanosecond that the tables give is booked once, and no cell shrinks.
namespace faastax::ledger {
namespace {

using testdata::grew;
using testdata::kMs;
using testdata::kSecond;
using testdata::Script;
using Change = CgroupChanged::Change;

constexpr std::array kApportioned = {"containerd", "systemd"};
constexpr std::array kWork = {"cleanup_net", "wb_workfn"};
constexpr std::array kInterrupts = {"softirq:net_rx", "irq"};

Nanoseconds sum_of(const Buckets& buckets) {
  return std::accumulate(buckets.begin(), buckets.end(), Nanoseconds{0});
}

/// A node where anything that can happen does, in an order that a kernel could produce.
class RandomNode {
 public:
  explicit RandomNode(std::uint32_t seed) : random_(seed) {}

  /// From now on the ring has no room for some of the edges.
  void lose_edges(unsigned percent) {
    node_.set_ring([this, percent] { return pick(100) >= percent; });
  }

  /// From now on edges book too much, which the next switch takes back.
  void estimate() { estimates_ = true; }

  Script& node() { return node_; }

  void step() {
    switch (pick(18)) {
      case 0:
      case 1:
        return fork();
      case 2:
      case 3:
        return exec();
      case 4:
        return move();
      case 5:
        return exit();
      case 6:
        return make_cgroup();
      case 7:
        return change_cgroup();
      case 8:
        return happen();
      case 9:
        return node_.pass(pick(3) == 0 ? pick(800) * kSecond : pick(1000));
      case 10:
        return name_client();
      case 11:
        return node_.steal(pick(1000));
      case 12:
        return work();
      case 13:
        return interrupt();
      default:
        return run();
    }
  }

  /// Tables are copied, then the ring is drained, then the copy is booked.
  void read() {
    const CellsRead copy = node_.copy_tables();
    for (unsigned edges = pick(6); edges > 0; --edges) step_but_run();
    apply(copy);
  }

  void read_all() { apply(node_.copy_tables()); }

  /// What the ledger was told that the accounts used, at most at any time.
  Nanoseconds given() const {
    Nanoseconds sum = 0;
    for (const auto& [account, ns] : given_) sum += ns;
    return sum;
  }

  /// How much of it was taken back by the last switches of processes in sandboxes.
  Nanoseconds taken_back() const { return taken_back_; }

  /// What the ledger was told of one account: of a work function or an interrupt by its name.
  Nanoseconds given_to_kernel(const std::string& name) const {
    const auto account = kernel_.find(name);
    const auto given = account == kernel_.end() ? given_.end() : given_.find(account->second);
    return given == given_.end() ? 0 : given->second;
  }

  /// What processes of this name have used so far, read or not.
  Nanoseconds used_by(const std::string& program) const {
    const auto found = used_by_.find(program);
    return found == used_by_.end() ? 0 : found->second;
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  AccountKey some_process() { return alive_.at(pick(static_cast<unsigned>(alive_.size()))); }
  CgroupId some_cgroup() {
    return cgroups_.empty() ? 0 : cgroups_.at(pick(static_cast<unsigned>(cgroups_.size())));
  }
  std::string some_id() { return "s" + std::to_string(pick(4)); }

  void apply(const CellsRead& copy) {
    node_.apply(copy);
    for (const CellsRead::Account& account : copy.accounts) {
      give(account.account, account.total);
      if (account.ended && inside_.contains(account.account))
        taken_back_ += given_.at(account.account) - sum_of(account.total);
    }
  }

  void give(AccountKey account, const Buckets& total) {
    given_[account] = std::max(given_[account], sum_of(total));
  }

  /// The switch after an estimate: what is left may be of another phase.
  void take_back(AccountKey account) {
    const auto owed = std::exchange(owed_[account], 0);
    if (node_.cgroup_of(account) > 1) inside_.insert(account);
    node_.misjudge(account, -owed, static_cast<Phase>(pick(7)));
  }

  void step_but_run() {
    // In user space nothing runs while the ring is drained: its edges are older than the copy or newer.
    switch (pick(4)) {
      case 0:
        return exec();
      case 1:
        return change_cgroup();
      case 2:
        return name_client();
      default:
        run();
        return exec();
    }
  }

  void fork() {
    const CgroupId cgroup = pick(4) == 0 ? some_cgroup() : 0;
    alive_.push_back(node_.fork(some_process(), cgroup));
    if (cgroup != 0) node_.enter(cgroup, alive_.back());
  }

  void exec() {
    static constexpr std::array kNames = {"runc",     "crun",    "containerd-shim", "ctr",
                                          "bridge",   "sh",      "systemd",         "containerd",
                                          "iptables", "faastax", "server"};
    static constexpr std::array kVerbs = {Verb::kNone,   Verb::kCreate, Verb::kRun,    Verb::kStart,
                                          Verb::kExec,   Verb::kKill,   Verb::kDelete, Verb::kCniAdd,
                                          Verb::kCniDel, Verb::kPause};
    const AccountKey account = some_process();
    give(account, node_.used(account));
    node_.exec(account, kNames.at(pick(kNames.size())),
               {.verb = kVerbs.at(pick(kVerbs.size())),
                .sandbox = pick(2) == 0 ? some_id() : "",
                .first = node_.cgroup_of(account) > 1 && pick(2) == 0});
  }

  void move() {
    const CgroupId cgroup = some_cgroup();
    if (cgroup == 0) return;
    AccountKey& account = alive_.at(pick(static_cast<unsigned>(alive_.size())));
    take_back(account);
    account = node_.move(account, cgroup);
    node_.enter(cgroup, account);
  }

  void exit() {
    if (alive_.size() < 2) return;
    const std::size_t which = 1 + pick(static_cast<unsigned>(alive_.size() - 1));
    take_back(alive_.at(which));
    node_.exit(alive_.at(which), static_cast<std::int32_t>(pick(512)), pick(3) == 0);
    alive_.erase(alive_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  void make_cgroup() {
    const CgroupId cgroup = ++last_cgroup_;
    if (const CgroupId parent = some_cgroup(); parent != 0 && pick(4) == 0) {
      node_.make_part(cgroup, parent);
    } else {
      node_.make(cgroup, "/" + some_id(), some_process());
      if (pick(2) == 0) node_.identify(cgroup, "shop", pick(2) == 0 ? some_id() : "");
    }
    cgroups_.push_back(cgroup);
  }

  void change_cgroup() {
    static constexpr std::array kChanges = {Change::kEmpty, Change::kFilled, Change::kFrozen,
                                            Change::kThawed};
    const CgroupId cgroup = some_cgroup();
    if (cgroup == 0) return;
    if (pick(3) != 0) return node_.change(cgroup, kChanges.at(pick(kChanges.size())));
    node_.remove(cgroup);
    std::erase(cgroups_, cgroup);
  }

  void happen() {
    const CgroupId cgroup = some_cgroup();
    switch (pick(6)) {
      case 0:
        return node_.ready(cgroup);
      case 1:
        return node_.stop(cgroup, 15);
      case 2:
        return node_.request(cgroup, node_.now() - pick(1000), pick(2) == 0);
      case 3:
        return node_.memory(cgroup, static_cast<InstanceState>(pick(kInstanceStates)), pick(1'000'000));
      case 4:
        return node_.identify(cgroup, "late", some_id());
      default:
        return node_.apply(WindowMarked{node_.now(), pick(2) == 0});
    }
  }

  void name_client() { node_.apply(ClientNamed{node_.now(), some_process(), some_id()}); }

  void run() {
    const AccountKey account = some_process();
    const Nanoseconds ns = pick(1000);
    used_by_[node_.name_of(account)] += ns;
    take_back(account);
    node_.run(account, ns, static_cast<Phase>(pick(7)));
    if (!estimates_ || pick(2) == 0) return;
    owed_[account] = pick(1000);
    node_.misjudge(account, owed_.at(account), static_cast<Phase>(pick(7)));
  }

  void work() {
    const char* symbol = kWork.at(pick(kWork.size()));
    if (!kernel_.contains(symbol)) kernel_[symbol] = node_.work(symbol);
    node_.run(kernel_.at(symbol), pick(1000));
  }

  void interrupt() {
    const char* component = kInterrupts.at(pick(kInterrupts.size()));
    if (!kernel_.contains(component)) kernel_[component] = node_.interrupt(component);
    node_.carve(some_process(), kernel_.at(component), pick(1000));
  }

  std::mt19937 random_;
  Script node_;
  std::vector<AccountKey> alive_{node_.shell()};
  std::vector<CgroupId> cgroups_;
  CgroupId last_cgroup_ = 100;
  std::map<AccountKey, Nanoseconds> given_;
  Nanoseconds taken_back_ = 0;
  std::set<AccountKey> inside_;
  std::map<AccountKey, std::int64_t> owed_;  ///< of alive ones, what is estimated and not used
  bool estimates_ = false;
  std::map<std::string, AccountKey> kernel_;  ///< of work functions and interrupts
  std::map<std::string, Nanoseconds> used_by_;
};

template <typename Numbers>
bool none_shrank(const Numbers& before, const Numbers& after) {
  return std::ranges::equal(before, after, [](auto earlier, auto later) { return later >= earlier; });
}

bool grew(const FunctionTotals& before, const FunctionTotals& after) {
  return grew(before.cpu, after.cpu) && after.started >= before.started &&
         after.completed >= before.completed && after.aborted >= before.aborted &&
         after.served_none >= before.served_none &&
         none_shrank(before.memory_byte_seconds, after.memory_byte_seconds);
}

/// The first counter that shrank.
std::string shrunk(const Totals& before, const Totals& after) {
  if (!grew(before.cpu, after.cpu)) return "node";
  for (const auto& [name, cpu] : before.components) {
    if (!after.components.contains(name) || !grew(cpu, after.components.at(name))) return name;
  }
  for (const auto& [name, totals] : before.functions) {
    if (!after.functions.contains(name) || !grew(totals, after.functions.at(name))) return name.function;
  }
  if (after.started < before.started || after.stopped < before.stopped) return "instances";
  if (after.create_failed < before.create_failed) return "create_failed";
  return none_shrank(before.memory_byte_seconds, after.memory_byte_seconds) ? "" : "memory";
}

Nanoseconds of_components(const Totals& books) {
  Nanoseconds sum = 0;
  for (const auto& [name, cpu] : books.components) sum += cpu.total();
  return sum;
}

CpuByActivity component(const Totals& books, const std::string& name) {
  const auto found = books.components.find(name);
  return found == books.components.end() ? CpuByActivity{} : found->second;
}

Nanoseconds inferred(const CpuByActivity& cpu) {
  Nanoseconds sum = 0;
  for (const auto& by_evidence : cpu.ns) sum += by_evidence[index_of(Evidence::kInferred)];
  return sum;
}

/// What each live instance says is its own: held until it is settled, or in the cells that no component has.
void expect_own_is_in_cells(RandomNode& random) {
  for (const InstancePtr& instance : random.node().ledger().live_instances()) {
    const CpuByActivity cells = instance->cpu.since(instance->served);
    ASSERT_EQ(instance->own, instance->unsettled.ns + cells.total()) << instance->sandbox;
  }
}

/// Daemons have no more than they used, work functions and interrupts what was read of them. Returns what of
/// daemons was divided among sandboxes.
Nanoseconds expect_owners_have_their_own(const RandomNode& random, const Totals& books) {
  Nanoseconds divided = 0;
  for (const std::string daemon : kApportioned) {
    EXPECT_LE(component(books, daemon).total(), random.used_by(daemon)) << daemon;
    divided += inferred(component(books, daemon));
  }
  for (const std::string symbol : kWork) {
    const CpuByActivity cpu = component(books, "kworker:" + symbol);
    EXPECT_EQ(cpu.of(testdata::FewRules{}.work(symbol).activity), random.given_to_kernel(symbol)) << symbol;
    EXPECT_EQ(cpu.total(), random.given_to_kernel(symbol)) << symbol;
    EXPECT_EQ(inferred(cpu), 0U) << symbol;
  }
  for (const std::string interrupt : kInterrupts) {
    const CpuByActivity cpu = component(books, interrupt);
    EXPECT_EQ(cpu.of(Activity::kOther), random.given_to_kernel(interrupt)) << interrupt;
    EXPECT_EQ(cpu.total(), random.given_to_kernel(interrupt)) << interrupt;
  }
  return divided;
}

TEST(LedgerProperty, EveryNanosecondIsBookedOnceAndNoCellShrinks) {
  constexpr std::uint32_t kCases = 10'000;
  constexpr int kReadings = 9;
  constexpr int kStepsBetween = 12;
  std::uint32_t divided = 0;
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomNode random(seed);
    Totals before = random.node().totals();
    for (int reading = 0; reading <= kReadings; ++reading) {
      for (int i = 0; i < kStepsBetween; ++i) random.step();
      reading < kReadings ? random.read() : random.read_all();
      const Totals after = random.node().totals();
      ASSERT_EQ(after.cpu.total() + after.unsettled, random.given()) << "reading " << reading;
      ASSERT_EQ(shrunk(before, after), "") << "reading " << reading;
      ASSERT_LE(of_components(after), after.cpu.total());
      ASSERT_EQ(testdata::balance_of(after, 0).difference, 0);
      before = after;
    }
    ASSERT_EQ(before.residual, 0);
    if (expect_owners_have_their_own(random, before) != 0) ++divided;
    random.node().apply(WindowMarked{random.node().now(), false});  // what waits goes to its owner
    const Totals books = random.node().totals();
    ASSERT_EQ(of_components(books) + testdata::own_of(random.node()), random.given());
    ASSERT_EQ(books.cpu.total() + books.unsettled, random.given());
  }
  EXPECT_GT(divided, kCases / 10) << "or nothing was said of daemons";
}

TEST(LedgerProperty, LostEdgesLoseNoTime) {
  for (std::uint32_t seed = 0; seed < 2'000; ++seed) {
    RandomNode random(seed);
    random.lose_edges(30);
    Totals before = random.node().totals();
    for (int i = 0; i < 200; ++i) {
      random.step();
      if (i % 20 == 0) random.read_all();
      const Totals after = random.node().totals();
      ASSERT_EQ(shrunk(before, after), "") << "seed " << seed;
      before = after;
    }
    random.read_all();
    const Totals after = random.node().totals();
    ASSERT_EQ(after.cpu.total() + after.unsettled, random.given()) << "seed " << seed;
    ASSERT_EQ(after.residual, 0) << "seed " << seed;
  }
}

/// Cells cannot fall: what was read and taken back after it is no sandbox's own any more, and never more than
/// that. Owners have no more than the ledger at any reading (some waits for one), and all of it at the end.
TEST(LedgerProperty, WhatIsTakenBackIsNobodysOwn) {
  constexpr std::uint32_t kCases = 10'000;
  std::uint32_t overbooked = 0;
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomNode random(seed);
    random.estimate();
    Totals before = random.node().totals();
    for (int i = 0; i < 120; ++i) {
      random.step();
      if (i % 12 != 11) continue;
      random.read_all();
      const Totals after = random.node().totals();
      const Nanoseconds booked = after.cpu.total() + after.unsettled;
      ASSERT_LE(booked, random.given());
      ASSERT_GE(booked, random.given() - random.taken_back());
      ASSERT_LE(component(after, kOverbooked).total(), random.taken_back());
      ASSERT_LE(of_components(after) + testdata::own_of(random.node()), booked);
      expect_own_is_in_cells(random);
      ASSERT_EQ(shrunk(before, after), "");
      before = after;
    }
    random.node().apply(WindowMarked{random.node().now(), false});  // what waits goes to its owner
    const Totals books = random.node().totals();
    ASSERT_EQ(of_components(books) + testdata::own_of(random.node()), books.cpu.total() + books.unsettled);
    if (component(books, kOverbooked).total() > 0) ++overbooked;
  }
  EXPECT_GT(overbooked, kCases / 10) << "or nothing was taken back";
}

}  // namespace
}  // namespace faastax::ledger
