// SPDX-License-Identifier: Apache-2.0
#include "cli/top/rates.hpp"

#include <gtest/gtest.h>

namespace faastax::cli::top {
namespace {

using ledger::Activity;
using ledger::Evidence;
using ledger::Totals;

constexpr ledger::Nanoseconds kSecond = 1'000'000'000;
const ledger::FunctionName kShop{"lab", "shop", ledger::Track::kRegular};
constexpr std::size_t kHandle = ledger::index_of(Activity::kHandle);

Totals books() {
  Totals totals;
  totals.cpu.add(Activity::kHandle, Evidence::kDirect, ledger::Amount(10 * kSecond));
  totals.components["runc"].add(Activity::kCreate, Evidence::kDirect, ledger::Amount(kSecond));
  totals.functions[kShop].cpu.add(Activity::kHandle, Evidence::kDirect, ledger::Amount(9 * kSecond));
  totals.functions[kShop].completed = 100;
  totals.wall = 40 * kSecond;
  totals.idle = 30 * kSecond;
  return totals;
}

TEST(Rates, AreTheDifferenceOverTheTime) {
  Totals totals = books();
  const Reading before = reading_of(totals);
  totals.cpu.add(Activity::kHandle, Evidence::kInferred, ledger::Amount(3 * kSecond));
  totals.components["runc"].add(Activity::kCreate, Evidence::kDirect, ledger::Amount(kSecond / 2));
  totals.functions[kShop].cpu.add(Activity::kHandle, Evidence::kDirect, ledger::Amount(2 * kSecond));
  totals.functions[kShop].completed = 120;
  totals.started = 4;
  totals.wall += 4 * kSecond;
  totals.idle += kSecond;
  totals.steal = -static_cast<std::int64_t>(kSecond);
  const Rates now = rates(before, totals, 2);
  EXPECT_DOUBLE_EQ(now.cpus_online, 2);
  EXPECT_DOUBLE_EQ(now.cpus[kHandle], 1.5);
  EXPECT_DOUBLE_EQ(now.idle, 0.5);
  EXPECT_DOUBLE_EQ(now.steal, -0.5);
  EXPECT_DOUBLE_EQ(now.starts, 2);
  EXPECT_DOUBLE_EQ(now.requests, 10);
  ASSERT_EQ(now.components.size(), 1u);
  EXPECT_DOUBLE_EQ(sum(now.components[0].cpus), 0.25);
  ASSERT_EQ(now.functions.size(), 1u);
  EXPECT_DOUBLE_EQ(sum(now.functions[0].cpus), 1);
}

TEST(Rates, WhatIsNewBeganAtNothingAndWhatRestsIsLeftOut) {
  Totals totals = books();
  const Reading before = reading_of(totals);
  const ledger::FunctionName fresh{"lab", "fresh", ledger::Track::kEmergency};
  totals.functions[fresh].cpu.add(Activity::kInit, Evidence::kDirect, ledger::Amount(kSecond));
  const Rates now = rates(before, totals, 1);
  ASSERT_EQ(now.functions.size(), 1u);
  EXPECT_EQ(now.functions[0].name.function, "fresh");
  EXPECT_TRUE(now.components.empty());
}

TEST(Rates, AFunctionWithInstancesIsThereThoughItRests) {
  Totals totals = books();
  totals.functions[kShop].instances = {0, 2, 1, 0};
  const Rates now = rates(reading_of(totals), totals, 1);
  ASSERT_EQ(now.functions.size(), 1u);
  EXPECT_EQ(now.instances, (std::array<std::uint64_t, 4>{0, 2, 1, 0}));
}

TEST(Rates, AFunctionThatWasForgottenAndCameAgainIsNotNegative) {
  Totals totals = books();
  Reading before = reading_of(totals);
  totals.functions.clear();
  (void)rates(before, totals, 1);
  before = reading_of(totals);
  totals.functions[kShop].completed = 3;
  totals.functions[kShop].instances[1] = 1;
  EXPECT_DOUBLE_EQ(rates(before, totals, 1).functions[0].requests, 3);
}

TEST(Rates, NorIsOneThatDidBothBetweenTwoReadings) {
  Totals totals = books();
  const Reading before = reading_of(totals);
  totals.functions.clear();
  totals.functions[kShop].completed = 3;
  totals.functions[kShop].instances[1] = 1;
  const Rates now = rates(before, totals, 1);
  EXPECT_DOUBLE_EQ(now.functions[0].requests, 3);
  EXPECT_DOUBLE_EQ(sum(now.functions[0].cpus), 0);
}

}  // namespace
}  // namespace faastax::cli::top
