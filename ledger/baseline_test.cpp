// SPDX-License-Identifier: Apache-2.0
#include "ledger/baseline.hpp"

#include <gtest/gtest.h>

#include "ledger/testdata/script.hpp"

namespace faastax::ledger {
namespace {

using testdata::kSecond;

TEST(Baseline, NothingIsKnownWithoutAQuietPeriod) {
  Baseline baseline;
  EXPECT_FALSE(baseline.known());
  EXPECT_EQ(baseline.cpus("containerd"), 0);
  baseline.add(kSecond, 0, {});
  EXPECT_FALSE(baseline.known());
}

TEST(Baseline, PeriodsCountByTheirLengths) {
  Baseline baseline;
  baseline.add(1 * kSecond, kSecond, {{"containerd", kSecond / 10}});
  baseline.add(4 * kSecond, 3 * kSecond, {{"containerd", kSecond / 10}});
  EXPECT_DOUBLE_EQ(baseline.cpus("containerd"), 0.05);
}

TEST(Baseline, WhoIsNotNamedUsedNothing) {
  Baseline baseline;
  baseline.add(1 * kSecond, kSecond, {{"containerd", kSecond / 10}});
  baseline.add(2 * kSecond, kSecond, {{"kubelet", kSecond / 5}});
  EXPECT_DOUBLE_EQ(baseline.cpus("containerd"), 0.05);
  EXPECT_DOUBLE_EQ(baseline.cpus("kubelet"), 0.1);
  EXPECT_EQ(baseline.cpus("dockerd"), 0);
}

TEST(Baseline, OneImagePullDoesNotCount) {
  Baseline baseline;
  for (Nanoseconds second = 1; second <= 4; ++second) {
    baseline.add(second * kSecond, kSecond, {{"containerd", kSecond / 100}});
  }
  baseline.add(5 * kSecond, kSecond, {{"containerd", 2 * kSecond}});
  EXPECT_NEAR(baseline.cpus("containerd"), 0.01, 1e-9);
}

TEST(Baseline, WhatIsOldIsForgotten) {
  Baseline baseline;
  baseline.add(kSecond, kSecond, {{"containerd", kSecond}});
  baseline.advance(kSecond + Baseline::kKeepFor);
  EXPECT_TRUE(baseline.known());
  baseline.advance(2 * kSecond + Baseline::kKeepFor);
  EXPECT_FALSE(baseline.known());
}

TEST(Baseline, RemembersABoundedNumber) {
  Baseline baseline;
  baseline.add(0, kSecond, {{"containerd", kSecond}});
  for (std::size_t i = 0; i < Baseline::kMostPeriods; ++i) baseline.add(i, kSecond, {});
  EXPECT_EQ(baseline.cpus("containerd"), 0);
}

}  // namespace
}  // namespace faastax::ledger
