// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/peak_keep_alive.hpp"

#include <gtest/gtest.h>

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

std::size_t scale_at(PeakKeepAlive& policy, Time now) {
  return std::get<SetScale>(policy.on(now, Tick{}).at(0)).count;
}

TEST(PeakKeepAlive, StartsOneForEachRequestThatFindsNoSlot) {
  PeakKeepAlive policy(60s, 1);
  EXPECT_TRUE(policy.on(0s, RequestArrived{1, 7, true}).empty());
  const auto start = std::get<StartInstances>(policy.on(0s, RequestArrived{2, 7, false}).at(0));
  EXPECT_EQ(start.bound_to, 2u);
}

TEST(PeakKeepAlive, KeepsWhatTheMostAtOnceNeeded) {
  PeakKeepAlive policy(60s, 1);
  for (RequestId request : {1, 2, 3}) policy.on(1s, RequestArrived{request, 7, false});
  for (RequestId request : {1, 2, 3}) policy.on(9s, RequestEnded{request, 7, request});
  EXPECT_EQ(scale_at(policy, 10s), 3u);
  EXPECT_EQ(scale_at(policy, 68s), 3u);
  EXPECT_EQ(scale_at(policy, 70s), 0u);
}

TEST(PeakKeepAlive, ALongRequestCountsUntilItEnds) {
  PeakKeepAlive policy(10s, 1);
  policy.on(0s, RequestArrived{1, 7, false});
  EXPECT_EQ(scale_at(policy, 100s), 1u);
  policy.on(101s, RequestEnded{1, 7, 1});
  EXPECT_EQ(scale_at(policy, 110s), 1u);
  EXPECT_EQ(scale_at(policy, 112s), 0u);
}

TEST(PeakKeepAlive, SeveralRequestsShareAnInstance) {
  PeakKeepAlive policy(60s, 4);
  for (RequestId request = 0; request < 5; ++request) policy.on(0s, RequestArrived{request, 7, false});
  EXPECT_EQ(scale_at(policy, 2s), 2u);
}

}  // namespace
}  // namespace faastax::policy
