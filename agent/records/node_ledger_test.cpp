// SPDX-License-Identifier: Apache-2.0
#include "agent/records/node_ledger.hpp"

#include "agent/records/testing_sums.hpp"
#include "ledger/testdata/script.hpp"

namespace faastax::records {
namespace {

using ledger::testdata::kMs;
using ledger::testdata::kSecond;
using ledger::testdata::Script;

const Identity kIdentity{.node = "n1", .boot = "b00t", .born = 1000 * kSecond};

ledger::ClocksRead at(const Script& node, ledger::Nanoseconds offset = 5'000'000 * kSecond) {
  return {.mono = node.now(), .real = node.now() + offset};
}

TEST(NodeLedgers, SaysWhoTellsAndWhen) {
  Script node;
  NodeLedgers ledgers(kIdentity, {"ignored", "6.1", 2, "v2", "none", {}});
  node.pass(3 * kSecond);
  node.read();
  const auto first = ledgers.close(node.totals(), at(node));
  EXPECT_EQ(first.node(), "n1");
  EXPECT_EQ(first.agent(), "b00t-000000e8d4a51000");
  EXPECT_EQ(first.sequence(), 1U);
  EXPECT_EQ(first.kernel(), "6.1");
  EXPECT_EQ(first.cycle_source(), "none");
  EXPECT_EQ(first.end() - first.start(), static_cast<std::int64_t>(3 * kSecond));
  node.pass(2 * kSecond);
  node.read();
  const auto second = ledgers.close(node.totals(), at(node));
  EXPECT_EQ(second.sequence(), 2U);
  EXPECT_EQ(second.start(), first.end());
  EXPECT_EQ(second.idle_nanoseconds(), 4 * kSecond);
}

TEST(NodeLedgers, APeriodIsAsLongAsItWasWhateverTheWallClockDoes) {
  Script node;
  NodeLedgers ledgers(kIdentity, {});
  ledgers.close(node.totals(), at(node));
  node.pass(kSecond);
  const auto period = ledgers.close(node.totals(), at(node, 1'000 * kSecond));
  EXPECT_EQ(period.end() - period.start(), static_cast<std::int64_t>(kSecond));
}

TEST(NodeLedgers, HasEachPeriodsOwnCells) {
  Script node;
  NodeLedgers ledgers(kIdentity, {});
  const auto sandbox = node.start("box", 100);
  node.ready(100);
  node.run(sandbox.runtime, 7 * kMs);
  node.run(sandbox.main, 3 * kMs, ledger::Phase::kBusy);
  node.read();
  NodeSum sum;
  const auto period = ledgers.close(node.totals(), at(node));
  EXPECT_EQ(period.live_instances(), 1U);
  sum.add(period);
  const Cell handle{"instances", v1::ACTIVITY_HANDLE, false};
  EXPECT_EQ(sum.cells[handle], 3 * kMs);
  node.run(sandbox.main, 2 * kMs, ledger::Phase::kBusy);
  node.memory(100, ledger::InstanceState::kBusy, 4096);
  node.read();
  NodeSum second;
  second.add(ledgers.close(node.totals(), at(node)));
  EXPECT_EQ(second.cells, (CellTimes{{handle, 2 * kMs}}));
  EXPECT_DOUBLE_EQ(second.memory, 4096);
  node.read();
  EXPECT_EQ(ledgers.close(node.totals(), at(node)).cells_size(), 0) << "nothing ran";
}

TEST(NodeLedgers, WhatWasOverbookedInAnEarlierPeriodIsToldAsSoonAsInstancesHaveAsMuch) {
  NodeLedgers ledgers(kIdentity, {});
  ledger::Totals totals;
  const auto book = [&totals](const char* component, ledger::Nanoseconds ns) {
    totals.components[component].add(ledger::Activity::kHandle, ledger::Evidence::kDirect, ns);
  };
  const auto close = [&] {
    NodeSum sum;
    sum.add(ledgers.close(totals, {}));
    return sum.cells;
  };
  const Cell instances{"instances", v1::ACTIVITY_HANDLE, false};
  const Cell overbooked{"overbooked", v1::ACTIVITY_HANDLE, false};
  totals.cpu.add(ledger::Activity::kHandle, ledger::Evidence::kDirect, 10);
  EXPECT_EQ(close(), (CellTimes{{instances, 10}}));
  book("overbooked", 4);
  totals.cpu.add(ledger::Activity::kHandle, ledger::Evidence::kDirect, 1);
  EXPECT_EQ(close(), (CellTimes{{overbooked, 1}})) << "nobody's part of a period is below 0";
  totals.cpu.add(ledger::Activity::kHandle, ledger::Evidence::kDirect, 8);
  EXPECT_EQ(close(), (CellTimes{{overbooked, 3}, {instances, 5}}));
}

}  // namespace
}  // namespace faastax::records
