// SPDX-License-Identifier: Apache-2.0
#include "ledger/operations.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "ledger/testdata/script.hpp"

namespace faastax::ledger {
namespace {

using testdata::kMs;

class OperationsTest : public ::testing::Test {
 protected:
  InstancePtr instance = std::make_shared<Instance>();
  Operations operations;

  void SetUp() override {
    instance->named = 1000 * kMs;
    operations.begin_creation(instance);
  }
};

TEST_F(OperationsTest, ACreationLastsUntilTheExec) {
  auto shares = operations.between(900 * kMs, 1100 * kMs);
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_EQ(shares[0].activity, Activity::kCreate);
  EXPECT_EQ(shares[0].time, 100 * kMs);
  instance->execed = 1040 * kMs;
  EXPECT_EQ(operations.between(900 * kMs, 1100 * kMs).at(0).time, 40 * kMs);
}

TEST_F(OperationsTest, ARemovalLastsUntilTheCgroupIsGone) {
  instance->execed = 1040 * kMs;
  instance->stopped = 1100 * kMs;
  operations.begin_removal(instance);
  instance->gone = 1160 * kMs;
  const auto shares = operations.between(1000 * kMs, 2000 * kMs);
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[1].activity, Activity::kTeardown);
  EXPECT_EQ(shares[1].time, 60 * kMs);
}

TEST_F(OperationsTest, LingeringCountsOnlyWhereNothingIsUnderWay) {
  instance->execed = 1040 * kMs;
  const auto lingering = operations.between(1100 * kMs, 1200 * kMs);
  ASSERT_EQ(lingering.size(), 1U);
  EXPECT_EQ(lingering[0].instance, instance);
  const auto other = std::make_shared<Instance>();
  other->named = 1150 * kMs;
  operations.begin_creation(other);
  const auto under_way = operations.between(1100 * kMs, 1200 * kMs);
  ASSERT_EQ(under_way.size(), 1U);
  EXPECT_EQ(under_way[0].instance, other);
}

TEST_F(OperationsTest, QuietIsAfterTheLingering) {
  instance->execed = 1040 * kMs;
  const Nanoseconds quiet = instance->execed + Operations::kLinger;
  EXPECT_FALSE(operations.between(quiet - kMs, quiet + kMs).empty());
  EXPECT_TRUE(operations.between(quiet, quiet + 100 * kMs).empty());
  operations.forget(quiet);
  EXPECT_EQ(operations.size(), 0U);
}

TEST_F(OperationsTest, WhatNeverEndsIsNotUnderWayForEver) {
  const Nanoseconds late = instance->named + Operations::kLongest + Operations::kLinger;
  EXPECT_TRUE(operations.between(late, late + kMs).empty());
}

}  // namespace
}  // namespace faastax::ledger
