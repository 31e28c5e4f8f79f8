// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "controlplane/policy/dispatcher.hpp"

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

// Decides what the test says.
class Scripted final : public Policy {
 public:
  std::string_view name() const override { return "scripted"; }
  Decisions on(Time, const Event& event) override { return decide(event); }
  std::optional<Time> next_wake() const override { return std::nullopt; }
  std::function<Decisions(const Event&)> decide = [](const Event&) { return Decisions{}; };
};

class DispatcherScaleTest : public testing::Test {
 protected:
  Dispatcher make(Limits limits) {
    auto policy = std::make_unique<Scripted>();
    policy_ = policy.get();
    return {std::move(policy), limits};
  }
  /// At the next tick the policy decides this.
  Actions decide(Dispatcher& dispatcher, Time now, Decision decision) {
    policy_->decide = [decision](const Event& event) {
      return std::holds_alternative<Tick>(event) ? Decisions{decision} : Decisions{};
    };
    Actions actions = dispatcher.tick(now);
    policy_->decide = [](const Event&) { return Decisions{}; };
    return actions;
  }
  template <typename A>
  static std::vector<A> all(const Actions& actions) {
    std::vector<A> found;
    for (const Action& action : actions) {
      if (const auto* one = std::get_if<A>(&action)) found.push_back(*one);
    }
    return found;
  }
  Scripted* policy_ = nullptr;
};

TEST_F(DispatcherScaleTest, OneDecisionForTheStartsItCauses) {
  Dispatcher dispatcher = make({10, 1});
  const Actions actions = decide(dispatcher, 0s, SetScale{7, 3, "stable window"});
  const auto decided = all<Decided>(actions);
  ASSERT_EQ(decided.size(), 1u);
  EXPECT_EQ(decided[0].from, 0u);
  EXPECT_EQ(decided[0].to, 3u);
  EXPECT_EQ(decided[0].reason, "stable window");
  ASSERT_EQ(all<Launch>(actions).size(), 3u);
  for (const Launch& launch : all<Launch>(actions)) {
    EXPECT_EQ(launch.decision, decided[0].decision);
    EXPECT_FALSE(launch.repair);
  }
  EXPECT_TRUE(decide(dispatcher, 2s, SetScale{7, 3, "again"}).empty());
}

TEST_F(DispatcherScaleTest, ScaleDownTakesStartingThenIdleThenBusyOnes) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 4, ""});
  for (InstanceId id : {1, 2, 3}) dispatcher.instance_ready(1s, id);
  ASSERT_EQ(all<Send>(dispatcher.request_arrived(2s, 100, 7)).at(0).instance, 3u);
  EXPECT_TRUE(all<Remove>(decide(dispatcher, 3s, SetScale{7, 3, "less"})).empty());
  const auto late = all<Remove>(dispatcher.instance_ready(4s, 4));
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].instance, 4u);
  const auto idle = all<Remove>(decide(dispatcher, 5s, SetScale{7, 1, "less"}));
  ASSERT_EQ(idle.size(), 2u);
  EXPECT_EQ(idle[0].instance, 1u);
  EXPECT_EQ(idle[1].instance, 2u);
  EXPECT_TRUE(all<Remove>(decide(dispatcher, 6s, SetScale{7, 0, "none"})).empty());
  EXPECT_TRUE(dispatcher.request_arrived(7s, 101, 7).empty());
  EXPECT_EQ(dispatcher.waiting(), 1u);
  const auto busy = all<Remove>(dispatcher.request_ended(8s, 100, true));
  ASSERT_EQ(busy.size(), 1u);
  EXPECT_EQ(busy[0].instance, 3u);
  EXPECT_EQ(busy[0].reason, "none");
  EXPECT_NE(busy[0].decision, 0u);
}

TEST_F(DispatcherScaleTest, AStartThatWasGivenUpIsTakenBackFirst) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 2, ""});
  decide(dispatcher, 1s, SetScale{7, 1, ""});
  EXPECT_TRUE(all<Launch>(decide(dispatcher, 2s, SetScale{7, 2, ""})).empty());
  for (InstanceId id : {1, 2}) EXPECT_TRUE(dispatcher.instance_ready(3s, id).empty());
}

TEST_F(DispatcherScaleTest, SeveralRequestsAtOnceInAnInstance) {
  Dispatcher dispatcher = make({10, 2});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  for (RequestId request : {1, 2, 3}) EXPECT_TRUE(dispatcher.request_arrived(0s, request, 7).empty());
  EXPECT_EQ(all<Send>(dispatcher.instance_ready(1s, 1)).size(), 2u);
  const auto next = all<Send>(dispatcher.request_ended(2s, 2, true));
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].request, 3u);
}

TEST_F(DispatcherScaleTest, AnyNumberOfRequestsGoToTheInstanceWithFewest) {
  Dispatcher dispatcher = make({10, 0});
  decide(dispatcher, 0s, SetScale{7, 2, ""});
  for (InstanceId id : {1, 2}) dispatcher.instance_ready(1s, id);
  std::map<InstanceId, int> load;
  for (RequestId request = 0; request < 10; ++request) {
    ++load[all<Send>(dispatcher.request_arrived(2s, request, 7)).at(0).instance];
  }
  EXPECT_EQ(load[1], 5);
  EXPECT_EQ(load[2], 5);
}

TEST_F(DispatcherScaleTest, AnEmergencyInstanceServesItsRequestAndGoes) {
  Dispatcher dispatcher = make({10, 1});
  policy_->decide = [](const Event& event) {
    const auto* arrived = std::get_if<RequestArrived>(&event);
    if (arrived == nullptr) return Decisions{};
    return Decisions{StartInstances{7, 1, arrived->request, "excessive", Track::kEmergency}};
  };
  const Actions actions = dispatcher.request_arrived(0s, 1, 7);
  EXPECT_EQ(all<Decided>(actions).at(0).track, Track::kEmergency);
  const Launch launch = all<Launch>(actions).at(0);
  EXPECT_EQ(launch.track, Track::kEmergency);
  EXPECT_EQ(all<Send>(dispatcher.instance_ready(1s, launch.instance)).at(0).track, Track::kEmergency);
  EXPECT_EQ(all<Send>(dispatcher.request_arrived(1s, 2, 7)).size(), 0u);
  const Actions end = dispatcher.request_ended(2s, 1, true);
  EXPECT_TRUE(all<Send>(end).empty());
  EXPECT_EQ(all<Remove>(end).at(0).instance, launch.instance);
}

TEST_F(DispatcherScaleTest, WithoutAnEmergencyInstanceTheRequestGetsARegularOne) {
  Dispatcher dispatcher = make({10, 1});
  policy_->decide = [](const Event& event) {
    const auto* arrived = std::get_if<RequestArrived>(&event);
    if (arrived == nullptr) return Decisions{};
    return Decisions{StartInstances{7, 1, arrived->request, "excessive", Track::kEmergency}};
  };
  const Launch first = all<Launch>(dispatcher.request_arrived(0s, 1, 7)).at(0);
  const Actions failed = dispatcher.instance_failed(1s, first.instance);
  ASSERT_EQ(all<Launch>(failed).size(), 1u);
  const Launch second = all<Launch>(failed)[0];
  EXPECT_EQ(second.track, Track::kRegular);
  EXPECT_TRUE(second.repair);
  EXPECT_EQ(second.decision, first.decision);
  EXPECT_EQ(all<Send>(dispatcher.instance_ready(2s, second.instance)).at(0).request, 1u);
}

TEST_F(DispatcherScaleTest, WithoutAnEmergencyInstanceTheRequestTakesAnIdleRegularOne) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  policy_->decide = [](const Event& event) {
    const auto* arrived = std::get_if<RequestArrived>(&event);
    if (arrived == nullptr) return Decisions{};
    return Decisions{StartInstances{7, 1, arrived->request, "excessive", Track::kEmergency}};
  };
  const Launch emergency = all<Launch>(dispatcher.request_arrived(0s, 1, 7)).at(0);
  dispatcher.instance_ready(1s, 1);
  const Actions failed = dispatcher.instance_failed(2s, emergency.instance);
  EXPECT_TRUE(all<Launch>(failed).empty());
  ASSERT_EQ(all<Send>(failed).size(), 1u);
  EXPECT_EQ(all<Send>(failed)[0].instance, 1u);
}

TEST_F(DispatcherScaleTest, EmergencyStartsThatFailDoNotDelayTheRepairOfRegularOnes) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  dispatcher.instance_ready(1s, 1);
  decide(dispatcher, 2s, StartInstances{7, 1, std::nullopt, "excessive", Track::kEmergency});
  dispatcher.instance_failed(3s, 2);
  EXPECT_EQ(all<Launch>(dispatcher.instance_lost(4s, 1)).size(), 1u);
}

TEST_F(DispatcherScaleTest, ThePolicyHearsOnceThatABusyInstanceLeaves) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  dispatcher.instance_ready(1s, 1);
  dispatcher.request_arrived(2s, 5, 7);
  int stopping = 0;
  policy_->decide = [&](const Event& event) {
    stopping += std::holds_alternative<InstanceStopping>(event) ? 1 : 0;
    return std::holds_alternative<Tick>(event) ? Decisions{SetScale{7, 0, "less"}} : Decisions{};
  };
  EXPECT_TRUE(all<Remove>(dispatcher.tick(3s)).empty());
  EXPECT_EQ(stopping, 1);
  EXPECT_EQ(all<Remove>(dispatcher.request_ended(4s, 5, true)).size(), 1u);
  EXPECT_EQ(stopping, 1);
}

TEST_F(DispatcherScaleTest, ALostInstanceIsRepairedWithoutADecision) {
  Dispatcher dispatcher = make({10, 1});
  const auto decided = all<Decided>(decide(dispatcher, 0s, SetScale{7, 1, ""})).at(0);
  dispatcher.instance_ready(1s, 1);
  const Actions lost = dispatcher.instance_lost(2s, 1);
  EXPECT_EQ(all<Remove>(lost).at(0).instance, 1u);
  ASSERT_EQ(all<Launch>(lost).size(), 1u);
  EXPECT_TRUE(all<Launch>(lost)[0].repair);
  EXPECT_EQ(all<Launch>(lost)[0].decision, decided.decision);
  EXPECT_TRUE(all<Decided>(lost).empty());
}

TEST_F(DispatcherScaleTest, AScaleThatWasThereAlreadyIsRepairedByWhatMadeIt) {
  Dispatcher dispatcher = make({10, 1});
  const auto decided =
      all<Decided>(decide(dispatcher, 0s, StartInstances{7, 1, std::nullopt, "", Track::kRegular})).at(0);
  dispatcher.instance_ready(1s, 1);
  EXPECT_TRUE(all<Decided>(decide(dispatcher, 2s, SetScale{7, 1, ""})).empty());
  EXPECT_EQ(all<Launch>(dispatcher.instance_lost(3s, 1)).at(0).decision, decided.decision);
}

TEST_F(DispatcherScaleTest, RepairWaitsLongerWhileStartsFail) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  Time now = 1s;
  InstanceId id = 1;
  for (const Time delay : {500ms, 1000ms, 2000ms, 4000ms, 4000ms}) {
    EXPECT_TRUE(dispatcher.instance_failed(now, id).empty());
    ASSERT_EQ(dispatcher.next_wake(), now + delay);
    now += delay;
    id = all<Launch>(dispatcher.tick(now)).at(0).instance;
  }
  dispatcher.instance_ready(now, id);
  EXPECT_EQ(all<Launch>(dispatcher.instance_lost(now, id)).size(), 1u);
}

TEST_F(DispatcherScaleTest, AHigherScaleDoesNotHurryStartsThatFail) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  dispatcher.instance_failed(1s, 1);
  EXPECT_TRUE(all<Launch>(decide(dispatcher, 1200ms, SetScale{7, 3, ""})).empty());
  EXPECT_EQ(all<Launch>(dispatcher.tick(1500ms)).size(), 3u);
}

TEST_F(DispatcherScaleTest, AnUnsentRequestWaitsForTheRepair) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  dispatcher.instance_ready(1s, 1);
  dispatcher.request_arrived(2s, 5, 7);
  const Actions actions = dispatcher.request_unsent(3s, 5);
  EXPECT_EQ(all<Remove>(actions).at(0).instance, 1u);
  ASSERT_EQ(all<Launch>(actions).size(), 1u);
  EXPECT_EQ(all<Send>(dispatcher.instance_ready(4s, 2)).at(0).request, 5u);
}

TEST_F(DispatcherScaleTest, AnUnsentRequestWithoutAScaleGetsAnInstanceOfItsOwn) {
  Dispatcher dispatcher = make({10, 1});
  const auto decided =
      all<Decided>(decide(dispatcher, 0s, StartInstances{7, 1, std::nullopt, "", Track::kRegular})).at(0);
  dispatcher.instance_ready(1s, 1);
  dispatcher.request_arrived(2s, 5, 7);
  const auto again = all<Launch>(dispatcher.request_unsent(3s, 5));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_TRUE(again[0].repair);
  EXPECT_EQ(again[0].decision, decided.decision);
  EXPECT_TRUE(all<Send>(dispatcher.instance_ready(4s, 2)).at(0).cold);
}

TEST_F(DispatcherScaleTest, ThePolicyHearsOfTheEndOfARequestWhoseInstanceIsGone) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  dispatcher.instance_ready(1s, 1);
  dispatcher.request_arrived(2s, 5, 7);
  dispatcher.instance_lost(3s, 1);
  dispatcher.instance_gone(3s, 1);
  int ended = 0;
  policy_->decide = [&](const Event& event) {
    ended += std::holds_alternative<RequestEnded>(event) ? 1 : 0;
    return Decisions{};
  };
  dispatcher.request_ended(4s, 5, false);
  EXPECT_EQ(ended, 1);
}

TEST_F(DispatcherScaleTest, ACancelledRequestIsForgottenAndItsStartStays) {
  Dispatcher dispatcher = make({10, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  dispatcher.request_arrived(0s, 5, 7);
  dispatcher.request_cancelled(1s, 5);
  EXPECT_EQ(dispatcher.waiting(), 0u);
  EXPECT_TRUE(dispatcher.instance_ready(2s, 1).empty());
}

TEST_F(DispatcherScaleTest, OnlyAStartThatARequestWaitsForPushesAnotherOut) {
  Dispatcher dispatcher = make({1, 1});
  decide(dispatcher, 0s, SetScale{7, 1, ""});
  dispatcher.instance_ready(1s, 1);
  EXPECT_TRUE(all<Remove>(decide(dispatcher, 2s, SetScale{8, 1, ""})).empty());
  EXPECT_EQ(all<Remove>(dispatcher.request_arrived(3s, 5, 8)).size(), 0u);
  EXPECT_EQ(all<Remove>(decide(dispatcher, 4s, SetScale{8, 1, ""})).at(0).instance, 1u);
  EXPECT_EQ(all<Launch>(dispatcher.instance_gone(5s, 1)).at(0).function, 8u);
}

// A start is held for each: with work that grows with their number at each event this would take hours.
TEST_F(DispatcherScaleTest, ManyRequestsCanWaitAtTheLimit) {
  constexpr RequestId kRequests = 100'000;
  Dispatcher dispatcher = make({1, 1});
  policy_->decide = [](const Event& event) {
    const auto* arrived = std::get_if<RequestArrived>(&event);
    if (arrived == nullptr || arrived->placed) return Decisions{};
    return Decisions{StartInstances{7, 1, arrived->request, "no free slot"}};
  };
  for (RequestId request = 1; request <= kRequests; ++request) dispatcher.request_arrived(0s, request, 7);
  EXPECT_EQ(dispatcher.waiting(), kRequests - 1);
  EXPECT_EQ(all<Send>(dispatcher.instance_ready(1s, 1)).at(0).request, 1u);
  for (RequestId request = 1; request < kRequests / 2; ++request) {
    ASSERT_EQ(all<Send>(dispatcher.request_ended(2s, request, true)).at(0).request, request + 1);
  }
  for (RequestId request = kRequests / 2 + 1; request <= kRequests; ++request) {
    dispatcher.request_cancelled(3s, request);
  }
  EXPECT_EQ(dispatcher.waiting(), 0u);
  EXPECT_EQ(all<Remove>(dispatcher.request_ended(4s, kRequests / 2, false)).size(), 1u);
  EXPECT_TRUE(dispatcher.instance_gone(5s, 1).empty()) << "a start was held for a request that is gone";
}

}  // namespace
}  // namespace faastax::policy
