// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ledger/ledger.hpp"
#include "ledger/testdata/script.hpp"

/// What the ledger makes of CPUs, of edges that were lost and of slices: the wall, and what is missing in it.
namespace faastax::ledger {
namespace {

using testdata::kMs;
using testdata::kSecond;
using testdata::Script;

TEST(LedgerWall, StealIdleAndWhatNobodyBookedMakeTheWall) {
  Script node;
  const AccountKey shell = node.shell();
  node.run(shell, 10 * kMs);
  node.pass(20 * kMs);
  node.steal(5 * kMs);
  node.lose(3 * kMs);
  node.read();
  const Totals books = node.totals();
  EXPECT_EQ(books.wall, 2 * 38 * kMs);
  EXPECT_EQ(books.idle, (10 + 40 + 5 + 3) * kMs);
  EXPECT_EQ(books.steal, static_cast<std::int64_t>(5 * kMs));
  EXPECT_EQ(books.cpu.total(), 10 * kMs);
  EXPECT_EQ(books.residual, static_cast<std::int64_t>(3 * kMs)) << "shown, not given to anyone";
  const auto balance = testdata::balance_of(node.totals(), testdata::own_of(node));
  EXPECT_EQ(balance.difference, 0);
  EXPECT_EQ(balance.owners, 0);
}

TEST(LedgerWall, ACpuThatComesLaterCountsFromItsFirstMoment) {
  Script node;
  node.run(node.shell(), 10 * kMs);
  CellsRead cells = node.copy_tables();
  cells.cpus.push_back({.cpu = 2, .wall = 4 * kMs, .idle = 4 * kMs});
  node.apply(cells);
  EXPECT_EQ(node.totals().wall, (2 * 10 + 4) * kMs);
  EXPECT_EQ(node.totals().cpus, 3U);
  EXPECT_EQ(node.totals().residual, 0);
}

TEST(LedgerWall, ACpuThatIsGoneKeepsItsBooks) {
  Script node;
  node.run(node.shell(), 10 * kMs);
  node.read();
  CellsRead cells = node.copy_tables();
  cells.cpus.pop_back();
  node.apply(cells);
  EXPECT_EQ(node.totals().wall, 2 * 10 * kMs);
  EXPECT_EQ(node.totals().residual, 0);
}

TEST(LedgerWall, ACpuWhoseClockStandsIsNotOnline) {
  Script node;
  node.run(node.shell(), 10 * kMs);
  CellsRead cells = node.copy_tables();
  node.apply(cells);
  EXPECT_EQ(node.totals().cpus, 2U);
  cells.cpus.front().wall += kMs;
  node.apply(cells);
  EXPECT_EQ(node.totals().cpus, 1U);
  cells.cpus.front().wall += kMs;
  cells.cpus.back().wall += kMs;
  node.apply(cells);
  EXPECT_EQ(node.totals().cpus, 2U);
}

TEST(LedgerWall, TimeBookedTwiceShowsAsANegativeResidual) {
  Script node;
  CellsRead cells = node.copy_tables();
  cells.accounts.push_back({(1ULL << 32) | 99, Buckets{kMs}, false});
  node.apply(cells);
  EXPECT_EQ(node.totals().residual, -static_cast<std::int64_t>(kMs));
}

TEST(LedgerWall, LostEdgesOfAStartCostNoTimeAndFailNothing) {
  Script node;
  const AccountKey runtime = node.spawn(node.shell(), "crun", {.verb = Verb::kRun, .sandbox = "a"});
  node.make(7, "/a", runtime);
  constexpr AccountKey kUnheardOf = 99;  // the ring had no room for its opening
  node.enter(7, kUnheardOf);
  node.apply(Executed{node.now(), kUnheardOf, 7, Program::kOther, Verb::kNone, true, "server", "", {}});
  node.ready(7);
  node.remove(7);
  EXPECT_EQ(node.totals().create_failed, 0U);
  EXPECT_EQ(node.totals().stopped, 1U);
  EXPECT_EQ(node.function("server").cold_start_seconds.count(), 1U);
}

TEST(LedgerWall, ALostExecLeavesNoNamelessFunction) {
  Script node;
  const AccountKey runtime = node.spawn(node.shell(), "crun", {.verb = Verb::kRun, .sandbox = "a"});
  node.make(7, "/a", runtime);
  node.enter(7, runtime);
  node.ready(7);
  node.request(7, node.now());
  node.remove(7);
  EXPECT_EQ(node.totals().create_failed, 0U) << "it answered";
  EXPECT_EQ(node.function("unknown").completed, 1U);
  EXPECT_EQ(node.totals().functions.size(), 1U);
}

SliceRan slice(const Script& node, AccountKey account, std::int64_t ns, Phase phase = Phase::kBeforeExec) {
  return {node.now(), 0, account, phase, ns};
}

TEST(LedgerWall, SlicesAreNotBooked) {
  Script node;
  const AccountKey shell = node.shell();
  node.run(shell, 3 * kMs);
  node.apply(slice(node, shell, 4 * kMs));
  node.apply(slice(node, shell, -1 * static_cast<std::int64_t>(kMs)));
  node.read();
  EXPECT_EQ(node.node(Activity::kOther), 3 * kMs);
  EXPECT_EQ(node.totals().lost_records, 0U) << "what was taken back is no loss";
}

TEST(LedgerWall, SlicesBookedAfterTheCellsWereCopiedBelongToTheNextReading) {
  Script node;
  const AccountKey shell = node.shell();
  for (int reading = 0; reading < 3; ++reading) {
    node.run(shell, 2 * kMs);
    node.apply(slice(node, shell, 2 * kMs));
    const CellsRead cells = node.copy_tables();
    node.run(shell, 5 * kMs, Phase::kIdle);
    node.apply(slice(node, shell, 5 * kMs, Phase::kIdle));
    node.apply(cells);
    EXPECT_EQ(node.totals().lost_records, 0U) << reading;
  }
}

TEST(LedgerWall, AMissingSliceIsOneLostRecord) {
  Script node;
  const AccountKey shell = node.shell();
  const AccountKey child = node.fork(shell);
  for (int reading = 0; reading < 4; ++reading) {
    node.run(child, 2 * kMs);
    if (reading != 1) node.apply(slice(node, child, 2 * kMs));
    node.read();
    EXPECT_EQ(node.totals().lost_records, reading < 1 ? 0U : 1U) << reading;
  }
  node.run(child, 1);
  node.exit(child);
  node.read();
  EXPECT_EQ(node.totals().lost_records, 2U) << "an ended account has to be exact";
}

TEST(LedgerWall, AMissingSliceIsOneLostRecordWhereTheCellsLackLaterOnes) {
  Script node;
  const AccountKey shell = node.shell();
  const AccountKey child = node.fork(shell);
  node.run(child, 5 * kMs);  // its slice is missing
  const CellsRead cells = node.copy_tables();
  node.run(child, 2 * kMs);
  node.apply(slice(node, child, 2 * kMs));
  node.apply(cells);
  EXPECT_EQ(node.totals().lost_records, 1U) << "it is larger than all that came after the copy";
  node.run(child, kMs);
  node.apply(slice(node, child, kMs));
  node.exit(child);
  node.read();
  EXPECT_EQ(node.totals().lost_records, 1U) << "whatever of the later one was in the copy";
}

TEST(LedgerWall, CellsThatLackASliceAreFoundAtTheNextReading) {
  Script node;
  const AccountKey shell = node.shell();
  node.run(shell, kMs);
  node.apply(slice(node, shell, 2 * kMs));
  node.read();
  EXPECT_EQ(node.totals().lost_records, 0U) << "it may have been booked after the copy";
  node.read();
  EXPECT_EQ(node.totals().lost_records, 1U);
}

TEST(LedgerWall, SlicesThatTheRingLostAreNotCountedTwice) {
  Script node;
  const AccountKey shell = node.shell();
  node.apply(slice(node, shell, 1));
  node.run(shell, kMs);
  node.apply(Lost{0, 7});
  node.read();
  EXPECT_EQ(node.totals().lost_records, 7U);
}

TEST(LedgerWall, WithoutSlicesNothingIsChecked) {
  Script node;
  node.run(node.shell(), kMs);
  node.read();
  EXPECT_EQ(node.totals().lost_records, 0U);
}

}  // namespace
}  // namespace faastax::ledger
