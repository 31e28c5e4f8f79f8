// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/failure_streak.hpp"

#include <gtest/gtest.h>

namespace faastax::daemon {
namespace {

using std::chrono::seconds;

constexpr FailureStreak::TimePoint kStart{};

TEST(FailureStreak, OneFailureIsNotTheEnd) {
  FailureStreak streak(seconds(10));
  EXPECT_FALSE(streak.failed(kStart));
  EXPECT_TRUE(streak.lasts());
}

TEST(FailureStreak, GivesUpWhenFailuresGoOn) {
  FailureStreak streak(seconds(10));
  EXPECT_FALSE(streak.failed(kStart + seconds(5)));
  EXPECT_FALSE(streak.failed(kStart + seconds(14)));
  EXPECT_TRUE(streak.failed(kStart + seconds(15)));
}

TEST(FailureStreak, ASuccessBeginsAnew) {
  FailureStreak streak(seconds(10));
  EXPECT_FALSE(streak.failed(kStart));
  EXPECT_TRUE(streak.succeeded());
  EXPECT_FALSE(streak.succeeded());
  EXPECT_FALSE(streak.lasts());
  EXPECT_FALSE(streak.failed(kStart + seconds(20)));
}

}  // namespace
}  // namespace faastax::daemon
