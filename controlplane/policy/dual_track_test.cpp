// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/dual_track.hpp"

#include <gtest/gtest.h>

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

TEST(ArrivalFilter, IsAPercentileOfTheGaps) {
  ArrivalFilter median(50);
  ArrivalFilter high(75);
  EXPECT_FALSE(median.percentile());
  Time now{};
  for (const Time gap : {0s, 1s, 10s, 2s, 20s}) {
    now += gap;
    median.arrived(now);
    high.arrived(now);
  }
  EXPECT_EQ(median.percentile(), 2s);
  EXPECT_EQ(high.percentile(), 10s);
}

TEST(ArrivalFilter, ForgetsOldGaps) {
  ArrivalFilter median(50);
  Time now{};
  for (int i = 0; i < 600; ++i) median.arrived(now += 1s);
  for (int i = 0; i < 600; ++i) median.arrived(now += 5s);
  EXPECT_EQ(median.percentile(), 5s);
}

TEST(DualTrack, EachRequestInExcessGetsAnEmergencyInstance) {
  DualTrack policy({});
  EXPECT_TRUE(policy.on(0s, RequestArrived{1, 7, true}).empty());
  const Decisions decisions = policy.on(1000s, RequestArrived{2, 7, false});
  ASSERT_EQ(decisions.size(), 1u);  // sporadic: the pool does not grow
  const auto& start = std::get<StartInstances>(decisions[0]);
  EXPECT_EQ(start.track, Track::kEmergency);
  EXPECT_EQ(start.bound_to, 2u);
}

TEST(DualTrack, AFrequentFunctionGrowsItsRegularPool) {
  DualTrack policy({});
  EXPECT_EQ(policy.on(0s, RequestArrived{1, 7, false}).size(), 1u);
  const Decisions decisions = policy.on(1s, RequestArrived{2, 7, false});
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(std::get<SetScale>(decisions[1]).count, 1u);  // the first was not reported
  EXPECT_EQ(std::get<SetScale>(policy.on(2s, RequestArrived{3, 7, false}).at(1)).count, 2u);
}

TEST(DualTrack, TheFilterIsTheKeepAlive) {
  DualTrack policy({.keep_alive = 10s});
  policy.on(0s, RequestArrived{1, 7, false});
  EXPECT_EQ(policy.on(10s, RequestArrived{2, 7, false}).size(), 1u);  // 10 s is not below 10 s
  EXPECT_EQ(policy.on(19s, RequestArrived{3, 7, false}).size(), 2u);  // median 9 s
}

TEST(DualTrack, AHigherPercentileReportsLess) {
  DualTrack policy({.keep_alive = 10s, .filter_percentile = 99});
  policy.on(0s, RequestArrived{1, 7, false});
  policy.on(10s, RequestArrived{2, 7, false});
  EXPECT_EQ(policy.on(11s, RequestArrived{3, 7, false}).size(), 1u);
}

TEST(DualTrack, TheRegularPoolShrinksAfterTheKeepAlive) {
  DualTrack policy({});
  policy.on(0s, RequestArrived{1, 7, false});
  policy.on(1s, RequestArrived{2, 7, false});
  policy.on(2s, RequestEnded{1, 7, 1, Track::kEmergency});
  policy.on(3s, RequestEnded{2, 7, 2, Track::kEmergency});
  EXPECT_EQ(std::get<SetScale>(policy.on(62s, Tick{}).at(0)).count, 1u);
  EXPECT_EQ(std::get<SetScale>(policy.on(64s, Tick{}).at(0)).count, 0u);
  EXPECT_TRUE(policy.on(66s, Tick{}).empty());
}

}  // namespace
}  // namespace faastax::policy
