// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/keep_alive.hpp"

#include <gtest/gtest.h>

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

TEST(KeepAlive, StartsOneForEachRequestThatFindsNoIdleInstance) {
  KeepAlive policy(60s);
  EXPECT_TRUE(policy.on(0s, RequestArrived{1, 7, true}).empty());
  for (RequestId request : {2, 3}) {
    const Decisions decisions = policy.on(1s, RequestArrived{request, 7, false});
    ASSERT_EQ(decisions.size(), 1u);
    const auto& start = std::get<StartInstances>(decisions[0]);
    EXPECT_EQ(start.function, 7u);
    EXPECT_EQ(start.count, 1u);
    EXPECT_EQ(start.bound_to, request);
    EXPECT_FALSE(start.reason.empty());
  }
}

TEST(KeepAlive, StopsAnInstanceThatWasIdleForTheKeepAlive) {
  KeepAlive policy(60s);
  policy.on(1s, InstanceReady{5, 7});
  EXPECT_EQ(policy.next_wake(), 61s);
  EXPECT_TRUE(policy.on(61s - 1ns, Tick{}).empty());
  const Decisions decisions = policy.on(61s, Tick{});
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(std::get<StopInstance>(decisions[0]).instance, 5u);
}

TEST(KeepAlive, ARequestRestartsTheKeepAlive) {
  KeepAlive policy(60s);
  policy.on(0s, InstanceReady{5, 7});
  policy.on(0s, RequestStarted{1, 7, 5});
  EXPECT_EQ(policy.next_wake(), std::nullopt);
  EXPECT_TRUE(policy.on(200s, Tick{}).empty());
  policy.on(200s, RequestEnded{1, 7, 5});
  EXPECT_EQ(policy.next_wake(), 260s);
}

TEST(KeepAlive, RestsWhenTheLastOfSeveralRequestsEnds) {
  KeepAlive policy(60s);
  policy.on(0s, InstanceReady{5, 7});
  policy.on(0s, RequestStarted{1, 7, 5});
  policy.on(1s, RequestStarted{2, 7, 5});
  policy.on(2s, RequestEnded{1, 7, 5});
  EXPECT_EQ(policy.next_wake(), std::nullopt);
  policy.on(3s, RequestEnded{2, 7, 5});
  EXPECT_EQ(policy.next_wake(), 63s);
}

TEST(KeepAlive, ForgetsAnInstanceThatIsStopping) {
  KeepAlive policy(1s);
  policy.on(0s, InstanceReady{5, 7});
  policy.on(0s, InstanceReady{6, 8});
  policy.on(0s, InstanceStopping{5, 7});
  const Decisions decisions = policy.on(2s, Tick{});
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(std::get<StopInstance>(decisions[0]).instance, 6u);
}

TEST(KeepAlive, ZeroKeepAliveWakesAtOnce) {
  KeepAlive policy(0s);
  policy.on(3s, InstanceReady{5, 7});
  EXPECT_EQ(policy.next_wake(), 3s);
  EXPECT_EQ(policy.on(3s, Tick{}).size(), 1u);
}

}  // namespace
}  // namespace faastax::policy
