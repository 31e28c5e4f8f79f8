// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/regression.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

TEST(Extrapolate, FollowsAStraightLine) {
  EXPECT_DOUBLE_EQ(extrapolate(std::array{1.0, 3.0, 5.0}, 2), 9);
  EXPECT_DOUBLE_EQ(extrapolate(std::array{4.0, 4.0, 4.0, 4.0}, 10), 4);
}

TEST(Extrapolate, IsTheLeastSquaresLine) {
  EXPECT_DOUBLE_EQ(extrapolate(std::array{0.0, 2.0, 1.0}, 1), 2);  // 1 + 0.5 × 2
}

TEST(Extrapolate, IsNeverNegative) { EXPECT_EQ(extrapolate(std::array{9.0, 1.0}, 5), 0); }

TEST(Extrapolate, FewValues) {
  EXPECT_EQ(extrapolate({}, 2), 0);
  EXPECT_EQ(extrapolate(std::array{7.0}, 2), 7);
}

TEST(Regression, ScalesBeforeTheAverageWould) {
  KpaParameters p;
  p.concurrency = p.utilization = 1;
  p.panic_threshold = std::numeric_limits<double>::infinity();
  Regression predictor(p, 2s, 0s, 1);
  for (int i = 1; i <= 10; ++i) predictor.record(std::chrono::seconds(i), i);
  const auto advice = predictor.decide(10s, 6);
  EXPECT_EQ(advice->count, 12);
  EXPECT_EQ(advice->reason, "predicted: stable window 12 / target 1");
  EXPECT_FALSE(predictor.decide(71s, 6));
}

}  // namespace
}  // namespace faastax::policy
