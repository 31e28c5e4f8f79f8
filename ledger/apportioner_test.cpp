// SPDX-License-Identifier: Apache-2.0
#include "ledger/apportioner.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "ledger/testdata/script.hpp"

namespace faastax::ledger {
namespace {

using testdata::kMs;
using testdata::kSecond;
using testdata::Script;

class ApportionerTest : public ::testing::Test {
 protected:
  Books books;
  Operations operations;
  Apportioner apportioner{books, operations};
  Nanoseconds now = 1000 * kSecond;

  ApportionerTest() { apportioner.end_period(now); }

  /// A period in which containerd uses `ns`.
  void period(Nanoseconds length, Nanoseconds ns) {
    apportioner.use("containerd", Activity::kManage, ns);
    now += length;
    apportioner.end_period(now);
  }

  InstancePtr creation(Nanoseconds begun) {
    auto instance = std::make_shared<Instance>();
    instance->named = begun;
    operations.begin_creation(instance);
    return instance;
  }

  Nanoseconds of(Activity activity, Evidence evidence) const {
    const auto found = books.totals().components.find("containerd");
    if (found == books.totals().components.end()) return 0;
    return found->second.ns[index_of(activity)][index_of(evidence)];
  }
  ApportioningState state() const { return books.totals().apportioning.state; }
};

TEST_F(ApportionerTest, WhatItUsesAtQuietTimesIsItsOwn) {
  period(kSecond, 10 * kMs);
  EXPECT_EQ(of(Activity::kManage, Evidence::kDirect), 10 * kMs);
  EXPECT_EQ(books.totals().unsettled, 0U);
  EXPECT_EQ(state(), ApportioningState::kActive);
  EXPECT_DOUBLE_EQ(books.totals().apportioning.baseline_cpus.at("containerd"), 0.01);
}

TEST_F(ApportionerTest, BeyondItsBaselineItWorksForWhatIsUnderWay) {
  period(kSecond, 10 * kMs);
  const InstancePtr instance = creation(now);
  period(kSecond, 110 * kMs);
  EXPECT_EQ(of(Activity::kManage, Evidence::kDirect), 20 * kMs);
  EXPECT_EQ(of(Activity::kCreate, Evidence::kInferred), 100 * kMs);
  EXPECT_EQ(instance->cpu.ns[index_of(Activity::kCreate)][index_of(Evidence::kInferred)], 100 * kMs);
}

TEST_F(ApportionerTest, NoMoreIsDividedThanWasUsed) {
  period(kSecond, 100 * kMs);
  const InstancePtr instance = creation(now);
  period(kSecond, 30 * kMs);
  EXPECT_EQ(of(Activity::kManage, Evidence::kDirect), 130 * kMs);
  EXPECT_EQ(instance->cpu.total(), 0U);
}

TEST_F(ApportionerTest, OperationsShareByTheirTimeToTheNanosecond) {
  period(kSecond, 0);
  const InstancePtr whole = creation(now);
  const InstancePtr half = creation(now + 500 * kMs);
  const InstancePtr third = creation(now + 666'666'667);
  period(kSecond, 100 * kMs + 1);
  EXPECT_EQ(whole->cpu.total() + half->cpu.total() + third->cpu.total(), 100 * kMs + 1);
  EXPECT_NEAR(static_cast<double>(whole->cpu.total()), 2.0 * static_cast<double>(half->cpu.total()), 2);
  EXPECT_NEAR(static_cast<double>(whole->cpu.total()), 3.0 * static_cast<double>(third->cpu.total()), 5);
}

TEST_F(ApportionerTest, WithoutABaselineItWaitsForOne) {
  const InstancePtr instance = creation(now);
  period(kSecond, 60 * kMs);
  EXPECT_EQ(books.totals().unsettled, 60 * kMs);
  EXPECT_EQ(state(), ApportioningState::kLearning);
  instance->execed = now;
  period(Operations::kLinger, 0);
  period(kSecond, 10 * kMs);
  EXPECT_EQ(books.totals().unsettled, 0U);
  EXPECT_EQ(of(Activity::kCreate, Evidence::kInferred), 50 * kMs);
  EXPECT_EQ(of(Activity::kManage, Evidence::kDirect), 20 * kMs);
}

TEST_F(ApportionerTest, AClosedWindowWaitsForNothing) {
  creation(now);
  period(kSecond, 60 * kMs);
  apportioner.use("containerd", Activity::kManage, kMs);
  apportioner.give_up();
  EXPECT_EQ(books.totals().unsettled, 0U);
  EXPECT_EQ(of(Activity::kManage, Evidence::kDirect), 61 * kMs);
}

TEST_F(ApportionerTest, WithoutAQuietMomentFor10MinutesNothingIsDivided) {
  for (int second = 0; second < 610; ++second) {
    creation(now);
    period(kSecond, 10 * kMs);
  }
  EXPECT_EQ(state(), ApportioningState::kOff);
  EXPECT_EQ(of(Activity::kCreate, Evidence::kInferred), 0U);
  EXPECT_GT(of(Activity::kManage, Evidence::kDirect), 0U);
  creation(now);
  period(1000 * kSecond, 10 * kMs);
  EXPECT_EQ(books.totals().unsettled, 0U);
}

TEST_F(ApportionerTest, WhatWaitsIsBounded) {
  for (int i = 0; i < 400; ++i) creation(now);
  for (int i = 0; i < 100; ++i) period(100 * kMs, kMs);
  EXPECT_LE(books.totals().unsettled, 41 * kMs);
  EXPECT_EQ(of(Activity::kManage, Evidence::kDirect) + books.totals().unsettled, 100 * kMs);
}

// The same by the ledger.

TEST(Apportioning, ADaemonsWorkIsDividedAmongCreationAndRemoval) {
  Script node;
  const AccountKey daemon = node.found("containerd");
  node.run(daemon, 10 * kMs);
  node.pass(990 * kMs);
  node.read();
  const Script::Sandbox sandbox = node.start("a", 101);
  node.run(daemon, 51 * kMs);
  node.pass(49 * kMs);
  node.read();
  EXPECT_EQ(node.component("containerd", Activity::kManage), 11 * kMs);
  EXPECT_EQ(node.component("containerd", Activity::kCreate), 50 * kMs);
  node.pass(kSecond);
  node.read();
  node.exit(sandbox.main, 0, true);
  node.run(daemon, 20 * kMs);
  node.pass(980 * kMs);
  node.remove(sandbox.cgroup);
  node.exit(sandbox.runtime);
  node.read();
  EXPECT_NEAR(static_cast<double>(node.function("server", Activity::kTeardown)), 10e6, 1e6)
      << "20 ms less a second of the baseline";
  EXPECT_EQ(node.function("server", Activity::kCreate), 50 * kMs);
}

TEST(Apportioning, ADaemonThatIsNotListedKeepsItsTime) {
  Script node;
  const AccountKey tool = node.found("iptables");
  node.pass(kSecond);
  node.read();
  node.start("a", 101);
  node.run(tool, 50 * kMs);
  node.read();
  EXPECT_EQ(node.component("iptables", Activity::kOther), 50 * kMs);
}

}  // namespace
}  // namespace faastax::ledger
