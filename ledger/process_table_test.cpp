// SPDX-License-Identifier: Apache-2.0
#include "ledger/process_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ledger/testdata/script.hpp"

namespace faastax::ledger {
namespace {

constexpr Buckets used(Nanoseconds before_exec, Nanoseconds starting = 0, Nanoseconds idle = 0) {
  return {before_exec, starting, idle};
}

struct ProcessTableTest : testing::Test {
  testdata::FewRules rules;
  Books books;
  InstanceTable instances{books, false};
  Apportioner apportioner{books, instances.operations()};
  ProcessTable table{rules, instances, books, apportioner};

  void open(AccountKey account, const std::string& name, AccountKey from = 0, CgroupId cgroup = 1,
            AccountOpened::Origin origin = AccountOpened::Origin::kFork) {
    table.open({.account = account, .from = from, .origin = origin, .cgroup = cgroup, .name = name});
  }
  void exec(AccountKey account, const std::string& name, Verb verb = Verb::kNone,
            const std::string& sandbox = "", Buckets before = {}) {
    table.execute({.account = account,
                   .cgroup = 1,
                   .program = rules.program(name).program,
                   .verb = verb,
                   .name = name,
                   .sandbox = sandbox,
                   .before = before});
  }
  Nanoseconds of(const std::string& component, Activity activity) {
    apportioner.give_up();  // no sandbox is under way here that daemons could have worked for
    const auto found = books.totals().components.find(component);
    return found == books.totals().components.end() ? 0 : found->second.of(activity);
  }
  Nanoseconds booked() const { return books.totals().cpu.total() + books.totals().unsettled; }
};

TEST_F(ProcessTableTest, OnlyGrowthIsBooked) {
  open(1, "bash");
  table.read({1, used(10), false}, 0);
  table.read({1, used(10), false}, 0);
  table.read({1, used(25), false}, 0);
  EXPECT_EQ(of("node", Activity::kOther), 25U);
}

TEST_F(ProcessTableTest, WhatIsTakenBackFromAnEmptyBucketIsNotTime) {
  open(1, "bash");
  table.read({1, used(static_cast<Nanoseconds>(-3000)), false}, 0);
  EXPECT_EQ(booked(), 0U);
  table.read({1, used(500), true}, 0);
  EXPECT_EQ(of("node", Activity::kOther), 500U);
}

TEST_F(ProcessTableTest, WhatIsTakenBackInALaterPhaseIsLeftOutOfThoseBefore) {
  constexpr auto kBack = static_cast<Nanoseconds>(-3000);
  open(1, "bash");
  table.read({1, used(10'000, kBack), true}, 0);
  EXPECT_EQ(booked(), 7000U) << "an exit's estimate, taken back after it";
  open(2, "bash");
  table.read({2, used(10'000), false}, 0);
  table.read({2, used(12'000, kBack), false}, 0);
  EXPECT_EQ(booked(), 17'000U) << "what is booked stays";
  table.read({2, used(15'000, kBack), false}, 0);
  EXPECT_EQ(booked(), 19'000U);
  table.read({2, used(15'000, 400), true}, 0);
  EXPECT_EQ(booked(), 22'400U) << "it comes to its sum";
}

TEST_F(ProcessTableTest, CyclesGoWithTheirTimeAndAnExecLosesNone) {
  const auto cycles = [this] { return CpuByActivity::sum(books.totals().cpu.cycles); };
  open(1, "bash");
  const CellsRead::Counted first{1, used(300), used(200)};
  table.read({1, used(100), false}, 0, &first);
  EXPECT_EQ(cycles(), 300U);
  exec(1, "iptables", Verb::kNone, "", used(140));
  EXPECT_EQ(cycles(), 420U) << "by the node's rate so far: the exec does not tell";
  const CellsRead::Counted last{1, used(600), used(400)};
  table.read({1, used(200), true}, 0, &last);
  EXPECT_EQ(cycles(), 600U);
  EXPECT_EQ(CpuByActivity::sum(books.totals().cpu.instructions), 400U);
}

TEST_F(ProcessTableTest, CyclesBeyondWhatWasCountedAreOwedByTheNextEstimate) {
  const auto cycles = [this] { return CpuByActivity::sum(books.totals().cpu.cycles); };
  open(1, "bash");
  const CellsRead::Counted first{1, used(300), used(200)};
  table.read({1, used(100), false}, 0, &first);
  exec(1, "iptables", Verb::kNone, "", used(140));
  const CellsRead::Counted last{1, used(350), used(220)};
  table.read({1, used(140), true}, 0, &last);
  EXPECT_EQ(cycles(), 420U) << "of 120 estimated it had 50";
  open(2, "bash");
  exec(2, "iptables", Verb::kNone, "", used(100));
  EXPECT_EQ(cycles(), 420U + 300 - 70);
  const CellsRead::Counted other{2, used(300), used(200)};
  table.read({2, used(100), true}, 0, &other);
  EXPECT_EQ(cycles(), 650U) << "as many as were counted";
}

TEST_F(ProcessTableTest, CyclesOfADaemonGoWithWhatItIsApportionedAs) {
  open(1, "containerd");
  const CellsRead::Counted counted{1, used(300), used(200)};
  table.read({1, used(100), true}, 0, &counted);
  apportioner.give_up();
  EXPECT_EQ(CpuByActivity::sum(books.totals().cpu.cycles), 300U);
}

TEST_F(ProcessTableTest, AnEndedAccountIsBookedToItsLastNanosecond) {
  open(1, "bash");
  table.read({1, used(10), true}, 0);
  EXPECT_EQ(booked(), 10U) << "one slice is all that most processes have";
}

TEST_F(ProcessTableTest, WhatCameBeforeExecBelongsToTheProgramBefore) {
  open(1, "containerd");
  exec(1, "iptables", Verb::kNone, "", used(4));
  table.read({1, used(10), true}, 0);
  EXPECT_EQ(of("containerd", Activity::kManage), 4U);
  EXPECT_EQ(of("iptables", Activity::kOther), 6U);
}

TEST_F(ProcessTableTest, WhatWasForkedForARuntimeIsTheRuntimesFromTheFork) {
  open(1, "bash");
  open(2, "bash", 1);
  exec(2, "runc", Verb::kDelete, "", used(400'000));
  table.read({2, used(1'000'000), true}, 0);
  EXPECT_EQ(of("runc", Activity::kTeardown), 1'000'000U);
  EXPECT_EQ(of("node", Activity::kOther), 0U);
}

TEST_F(ProcessTableTest, AProcessThatDidMoreThanForkIsItsOwnUntilTheExec) {
  const Nanoseconds much = 11'000'000;
  open(1, "bash");
  open(2, "bash", 1);
  exec(2, "runc", Verb::kDelete, "", used(much));
  exec(1, "sh", Verb::kNone, "", used(100));
  exec(1, "runc", Verb::kDelete, "", used(500));
  open(3, "bash", 0, 1, AccountOpened::Origin::kFound);
  exec(3, "runc", Verb::kDelete, "", used(700));
  EXPECT_EQ(of("node", Activity::kOther), much + 500 + 700);
  EXPECT_EQ(of("runc", Activity::kTeardown), 0U);
}

TEST_F(ProcessTableTest, ACopyOlderThanTheExecBooksNothingTwice) {
  open(1, "containerd");
  exec(1, "iptables", Verb::kNone, "", used(7));
  table.read({1, used(5), false}, 0);  // tables were copied before the ring was drained
  EXPECT_EQ(booked(), 7U);
  table.read({1, used(9), true}, 0);
  EXPECT_EQ(booked(), 9U);
}

TEST_F(ProcessTableTest, ComponentsByTheirProgramsAndTheirDefaultActivity) {
  open(1, "containerd");
  open(2, "faastax");
  open(3, "faastax-gateway");
  open(4, "faastax-autoscal");
  open(5, "h2load");
  open(6, "bash");
  open(7, "iptables");
  for (AccountKey account = 1; account <= 7; ++account) table.read({account, used(account), false}, 0);
  EXPECT_EQ(of("containerd", Activity::kManage), 1U);
  EXPECT_EQ(of("faastax", Activity::kObserve), 2U);
  EXPECT_EQ(of("gateway", Activity::kRoute), 3U);
  EXPECT_EQ(of("autoscaler", Activity::kManage), 4U);
  EXPECT_EQ(of("loadgen", Activity::kOther), 5U);
  EXPECT_EQ(of("node", Activity::kOther), 6U);
  EXPECT_EQ(of("iptables", Activity::kOther), 7U) << "nobody's sandbox";
}

TEST_F(ProcessTableTest, KernelWorkersByTheClassOfTheirFunction) {
  open(1, "cleanup_net", 0, 0, AccountOpened::Origin::kWork);
  open(2, "vmstat_update", 0, 0, AccountOpened::Origin::kWork);
  open(3, "kworker/0:1");
  for (AccountKey account = 1; account <= 3; ++account) table.read({account, used(account), false}, 0);
  EXPECT_EQ(of("kworker:cleanup_net", Activity::kTeardown), 1U);
  EXPECT_EQ(of("kworker:vmstat_update", Activity::kOther), 2U);
  EXPECT_EQ(of("kworker", Activity::kOther), 3U);
}

TEST_F(ProcessTableTest, WhatNoAccountTookIsUnattributed) {
  table.read({0, used(5), false}, 0);
  table.read({0, used(8), false}, 0);
  EXPECT_EQ(of("unattributed", Activity::kOther), 8U);
}

TEST_F(ProcessTableTest, ALostOpeningLosesNoTime) {
  table.read({1, used(5), false}, 0);
  table.read({1, used(8), true}, 0);
  table.read({2, used(3), true}, 0);  // met and ended between two readings
  EXPECT_EQ(of("unattributed", Activity::kOther), 11U);
}

TEST_F(ProcessTableTest, AnOpeningAfterTheFirstReadingBooksNothingTwice) {
  table.read({1, used(5), false}, 0);
  open(1, "cleanup_net", 0, 0, AccountOpened::Origin::kWork);
  table.read({1, used(9), false}, 0);
  EXPECT_EQ(booked(), 9U);
  EXPECT_EQ(of("kworker:cleanup_net", Activity::kTeardown), 4U);
}

TEST_F(ProcessTableTest, ChildrenOfARuntimeServeItsSandbox) {
  open(1, "bash");
  exec(1, "runc", Verb::kRun, "a");
  open(2, "runc", 1);
  exec(2, "iptables");
  open(3, "runc", 1);
  exec(3, "hook.sh");
  for (AccountKey account = 1; account <= 3; ++account) table.read({account, used(10), true}, 0);
  EXPECT_EQ(of("runc", Activity::kCreate), 20U) << "a hook without a name of its own is the runtime's";
  EXPECT_EQ(of("iptables", Activity::kCreate), 10U);
  EXPECT_EQ(instances.by_sandbox("a")->cpu.of(Activity::kCreate), 30U);
}

TEST_F(ProcessTableTest, ARuntimeThatRunsItselfAgainGoesOn) {
  open(1, "bash");
  exec(1, "runc", Verb::kCreate, "a");
  open(2, "runc", 1);
  exec(2, "runc", Verb::kNone, "");  // `runc init`
  open(3, "runc:[1:CHILD]", 2);
  table.rename({3, "runc:[2:INIT]"});
  const LineagePtr lineage = table.lineage_of(1);
  EXPECT_EQ(table.lineage_of(2), lineage);
  EXPECT_EQ(table.lineage_of(3), lineage);
  table.read({3, used(5), true}, 0);
  EXPECT_EQ(of("runc", Activity::kCreate), 5U);
}

TEST_F(ProcessTableTest, APluginsPluginServesTheSameSandbox) {
  open(1, "bash");
  exec(1, "runc", Verb::kCreate, "a");
  open(2, "containerd");
  exec(2, "bridge", Verb::kCniAdd, "default-a");
  open(3, "bridge", 2);
  exec(3, "host-local", Verb::kCniAdd, "default-a");
  open(4, "bridge", 2);
  exec(4, "iptables");
  for (AccountKey account = 2; account <= 4; ++account) table.read({account, used(10), true}, 0);
  EXPECT_EQ(of("cni:bridge", Activity::kCreate), 10U);
  EXPECT_EQ(of("cni:host-local", Activity::kCreate), 10U);
  EXPECT_EQ(of("iptables", Activity::kCreate), 10U);
  EXPECT_EQ(instances.by_sandbox("a")->cpu.of(Activity::kCreate), 30U);
}

TEST_F(ProcessTableTest, AnotherPluginCommandIsManage) {
  open(1, "containerd");
  exec(1, "bridge", Verb::kCniOther, "nobody");
  table.read({1, used(10), true}, 0);
  EXPECT_EQ(of("cni:bridge", Activity::kManage), 10U);
}

TEST_F(ProcessTableTest, ADaemonLeavesTheLineageThatStartedIt) {
  open(1, "bash");
  exec(1, "ctr");
  open(2, "ctr", 1);
  exec(2, "containerd");
  table.read({2, used(10), false}, 0);
  EXPECT_EQ(of("containerd", Activity::kManage), 10U);
  EXPECT_EQ(books.totals().unsettled, 0U);
}

TEST_F(ProcessTableTest, OurOwnTimeIsObserveWhoeverStartedUs) {
  open(1, "bash");
  exec(1, "ctr");
  exec(1, "faastax");
  table.read({1, used(10), false}, 0);
  EXPECT_EQ(of("faastax", Activity::kObserve), 10U);
}

TEST_F(ProcessTableTest, AClientThatIsNamedLater) {
  open(1, "bash");
  exec(1, "ctr", Verb::kRun);
  table.read({1, used(10), false}, 0);
  EXPECT_EQ(books.totals().unsettled, 10U);
  open(2, "containerd");
  exec(2, "containerd-shim", Verb::kStart, "a");
  table.name_client({.account = 1, .sandbox = "a"});
  EXPECT_EQ(of("ctr", Activity::kCreate), 10U);
  EXPECT_EQ(instances.by_sandbox("a")->cpu.of(Activity::kCreate), 10U);
}

TEST_F(ProcessTableTest, AClientThatNamesNothingIsManage) {
  open(1, "bash");
  exec(1, "ctr", Verb::kDelete);  // `ctr images delete`
  table.read({1, used(10), true}, 0);
  EXPECT_EQ(of("ctr", Activity::kManage), 10U);
}

TEST_F(ProcessTableTest, ARuntimeThatMakesNothingIsAFailedStart) {
  open(1, "bash");
  exec(1, "runc", Verb::kRun, "a");
  table.read({1, used(10), true}, 0);
  EXPECT_EQ(books.totals().started, 1U);
  EXPECT_EQ(books.totals().create_failed, 1U);
  EXPECT_EQ(of("runc", Activity::kCreate), 10U);
}

TEST_F(ProcessTableTest, AShimThatIsStillAtItKeepsTheStartOpen) {
  open(1, "bash");
  exec(1, "containerd-shim", Verb::kStart, "a");
  open(2, "containerd-shim", 1);
  exec(2, "runc", Verb::kCreate, "a");
  table.read({2, used(10), true}, 0);
  EXPECT_EQ(books.totals().create_failed, 0U);
  table.read({1, used(10), true}, 0);
  EXPECT_EQ(books.totals().create_failed, 1U);
  EXPECT_EQ(books.totals().started, 1U);
}

TEST_F(ProcessTableTest, ProcessesAreForgottenWhenTheyEnd) {
  open(1, "bash");
  exec(1, "runc", Verb::kRun, "a");
  EXPECT_NE(table.lineage_of(1), nullptr);
  table.read({1, used(10), true}, 0);
  EXPECT_EQ(table.lineage_of(1), nullptr);
}

}  // namespace
}  // namespace faastax::ledger
