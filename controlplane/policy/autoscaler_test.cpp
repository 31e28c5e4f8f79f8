// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/autoscaler.hpp"

#include <gtest/gtest.h>

#include "controlplane/policy/kpa.hpp"

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

class AutoscalerTest : public testing::Test {
 protected:
  static Autoscaler make(AutoscalerParameters around = {}) {
    KpaParameters p;
    p.concurrency = p.utilization = 1;
    return {"async", around,
            [p](Time start, double ready) { return std::make_unique<Kpa>(p, start, ready); }};
  }
  static std::optional<SetScale> only(const Decisions& decisions) {
    if (decisions.empty()) return std::nullopt;
    EXPECT_EQ(decisions.size(), 1u);
    return std::get<SetScale>(decisions[0]);
  }
  /// Ticks every 2 s up to `until`; the last scale that was set.
  static std::optional<SetScale> ticks(Autoscaler& policy, Time until) {
    std::optional<SetScale> last;
    while (*policy.next_wake() <= until) {
      if (auto set = only(policy.on(*policy.next_wake(), Tick{}))) last = set;
    }
    return last;
  }
};

TEST_F(AutoscalerTest, AFunctionBeginsWithItsInitialScale) {
  Autoscaler policy = make();
  EXPECT_EQ(only(policy.on(0s, FunctionDeployed{7}))->count, 1u);
  Autoscaler without = make({.initial_scale = 0});
  EXPECT_FALSE(only(without.on(0s, FunctionDeployed{7})));
}

TEST_F(AutoscalerTest, ARequestStartsFromZeroAtOnce) {
  Autoscaler policy = make({.activation_scale = 3});
  const auto start = only(policy.on(5s, RequestArrived{1, 7, false}));
  EXPECT_EQ(start->count, 3u);
  EXPECT_EQ(start->reason, "from zero");
  EXPECT_FALSE(only(policy.on(5s, RequestArrived{2, 7, false})));
}

TEST_F(AutoscalerTest, WaitingRequestsCountAsLoad) {
  Autoscaler policy = make();
  for (RequestId request = 0; request < 5; ++request) policy.on(0s, RequestArrived{request, 7, false});
  EXPECT_EQ(only(policy.on(2s, Tick{}))->count, 5u);
}

TEST_F(AutoscalerTest, DecidesAtEvenSecondsOnly) {
  Autoscaler policy = make();
  policy.on(0s, RequestArrived{1, 7, false});
  EXPECT_TRUE(policy.on(1900ms, Tick{}).empty());
  EXPECT_FALSE(policy.on(3s, Tick{}).empty());
  EXPECT_EQ(policy.next_wake(), 4s);
}

TEST_F(AutoscalerTest, GoesToZeroAWindowAfterItCameUpAndAGracePeriodLater) {
  Autoscaler policy = make({.window = 60s, .grace = 30s});
  policy.on(0s, FunctionDeployed{7});
  policy.on(1s, InstanceReady{1, 7});
  const auto held = ticks(policy, 61s);
  EXPECT_EQ(held->count, 1u);
  EXPECT_EQ(ticks(policy, 90s)->count, 1u);  // inactive since 62 s
  const auto zero = ticks(policy, 92s);
  EXPECT_EQ(zero->count, 0u);
  EXPECT_TRUE(zero->reason.starts_with("to zero"));
}

TEST_F(AutoscalerTest, RetentionHoldsLongerThanTheGracePeriod) {
  Autoscaler policy = make({.grace = 30s, .retention = 100s});
  policy.on(0s, FunctionDeployed{7});
  policy.on(1s, InstanceReady{1, 7});
  EXPECT_EQ(ticks(policy, 160s)->count, 1u);
  EXPECT_EQ(ticks(policy, 162s)->count, 0u);
}

TEST_F(AutoscalerTest, LoadMakesAnInactiveFunctionActiveForAWholeWindowAgain) {
  Autoscaler policy = make();
  policy.on(0s, FunctionDeployed{7});
  policy.on(1s, InstanceReady{1, 7});
  ticks(policy, 80s);
  policy.on(80s, RequestArrived{1, 7, true});
  policy.on(81s, RequestEnded{1, 7, 1});
  // In the window until 140 s; then active since 82 s, inactive since 142 s.
  EXPECT_EQ(ticks(policy, 170s)->count, 1u);
  EXPECT_EQ(ticks(policy, 172s)->count, 0u);
}

TEST_F(AutoscalerTest, DoesNotGoToZeroWhileItComesUp) {
  Autoscaler policy = make();
  policy.on(0s, FunctionDeployed{7});
  EXPECT_EQ(ticks(policy, 300s)->count, 1u);
}

TEST_F(AutoscalerTest, StaysInItsBounds) {
  Autoscaler policy = make({.min_scale = 2, .max_scale = 3});
  EXPECT_EQ(only(policy.on(0s, FunctionDeployed{7}))->count, 2u);
  policy.on(1s, InstanceReady{1, 7});
  for (RequestId request = 0; request < 9; ++request) policy.on(1s, RequestArrived{request, 7, false});
  EXPECT_EQ(ticks(policy, 2s)->count, 3u);
  for (RequestId request = 0; request < 9; ++request) policy.on(3s, RequestEnded{request, 7, 1});
  EXPECT_EQ(ticks(policy, 500s)->count, 2u);
}

TEST_F(AutoscalerTest, SamplesSeeWhatIsInFlightAtTheDecision) {
  Autoscaler policy = make({.samples = true});
  policy.on(0s, RequestArrived{1, 7, false});
  policy.on(1900ms, RequestArrived{2, 7, false});
  EXPECT_EQ(only(policy.on(2s, Tick{}))->count, 2u);
}

TEST_F(AutoscalerTest, RefusedRequestsAreNoLoad) {
  Autoscaler policy = make();
  policy.on(0s, RequestArrived{1, 7, false});
  policy.on(0s, RequestRefused{1, 7});
  EXPECT_EQ(ticks(policy, 2s)->count, 1u);  // held: it comes up
}

}  // namespace
}  // namespace faastax::policy
