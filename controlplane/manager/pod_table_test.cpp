// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/pod_table.hpp"

#include <gtest/gtest.h>

namespace faastax::manager {
namespace {

using namespace std::chrono_literals;
using sandbox::InstanceEvent;
using sandbox::InstanceFailed;
using sandbox::InstanceGone;
using sandbox::InstanceReady;
using sandbox::InstanceSpec;

const FunctionKey kFunction{"lab", "f"};

InstanceSpec pod_spec(const std::string& instance, const std::string& function = "f") {
  return {.space = "lab", .function = function, .instance = instance, .policy = "", .decision = ""};
}

template <class Wanted>
std::vector<Wanted> all(const Steps& steps) {
  std::vector<Wanted> found;
  for (const Step& step : steps) {
    if (const auto* one = std::get_if<Wanted>(&step)) found.push_back(*one);
  }
  return found;
}

template <class Wanted>
Wanted only_event(const Steps& steps) {
  const auto events = all<InstanceEvent>(steps);
  EXPECT_EQ(events.size(), 1u);
  return events.empty() ? Wanted{} : std::get<Wanted>(events.front());
}

class PodTableTest : public ::testing::Test {
 protected:
  void SetUp() override { table.listed(0s, "n1", {}); }
  void make_ready(const std::string& instance) {
    table.started(1s, instance, "s-" + instance, "10.0.0.2");
    table.probed(2s, instance, true, "");
  }

  PodTable table{{"n1"}, {}};
};

TEST_F(PodTableTest, ADesiredInstanceIsStartedProbedAndReady) {
  const auto starts = all<StartPod>(table.desire(0s, kFunction, {pod_spec("f-1")}));
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].node, "n1");
  const auto probes = all<BeginProbing>(table.started(1s, "f-1", "s1", "10.0.0.2"));
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].address, "10.0.0.2");
  EXPECT_TRUE(table.probed(2s, "f-1", false, "connect: refused").empty());
  const auto ready = only_event<InstanceReady>(table.probed(3s, "f-1", true, ""));
  EXPECT_EQ(ready, (InstanceReady{"f-1", "10.0.0.2", 8080, "", "n1"}));
  EXPECT_TRUE(table.probed(4s, "f-1", true, "").empty());
  EXPECT_EQ(table.find("f-1")->state, PodState::kReady);
}

TEST_F(PodTableTest, WhatIsDesiredAlreadyIsLeftAlone) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  EXPECT_EQ(all<StartPod>(table.desire(0s, kFunction, {pod_spec("f-1"), pod_spec("f-2")})).size(), 1u);
  EXPECT_TRUE(table.desire(0s, {"lab", "g"}, {}).empty());
}

TEST_F(PodTableTest, WhatIsNoLongerDesiredIsRemovedAndThenGone) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  make_ready("f-1");
  const Steps steps = table.desire(3s, kFunction, {});
  const auto removals = all<RemovePod>(steps);
  ASSERT_EQ(removals.size(), 1u);
  EXPECT_EQ(removals[0].sandbox, "s-f-1");
  EXPECT_EQ(all<EndProbing>(steps).size(), 1u);
  EXPECT_TRUE(table.probed(3s, "f-1", false, "too late").empty());
  EXPECT_EQ(only_event<InstanceGone>(table.removed(removals[0], true)).reason, "stopped");
  EXPECT_EQ(table.find("f-1"), nullptr);
}

TEST_F(PodTableTest, OneThatIsStoppedWhileItStartsGoesWhenItHasStarted) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  EXPECT_TRUE(table.desire(0s, kFunction, {}).empty());
  const auto removals = all<RemovePod>(table.started(1s, "f-1", "s1", "10.0.0.2"));
  ASSERT_EQ(removals.size(), 1u);
  EXPECT_EQ(only_event<InstanceFailed>(table.removed(removals[0], true)).reason, "stopped");
}

TEST_F(PodTableTest, AFailedStartIsToldWithItsReason) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  EXPECT_EQ(only_event<InstanceFailed>(table.start_failed(1s, "f-1", false, "no network")).reason,
            "no network");
  EXPECT_EQ(table.find("f-1"), nullptr);
}

TEST_F(PodTableTest, WhenTheRuntimeWentAwayTheStartIsMadeAgainOnceItIsListed) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  table.node_lost("n1");
  const Steps lost = table.start_failed(1s, "f-1", true, "socket closed");
  EXPECT_EQ(all<ListPods>(lost).size(), 1u);
  EXPECT_TRUE(all<InstanceEvent>(lost).empty());
  const Steps again = table.listed(2s, "n1", {{"half", "f-1", 0, false}});
  const auto removals = all<RemovePod>(again);
  ASSERT_EQ(removals.size(), 1u);
  EXPECT_EQ(removals[0].sandbox, "half");
  const auto starts = all<StartPod>(again);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].attempt, 1u);
  EXPECT_TRUE(table.removed(removals[0], true).empty());  // the instance goes on
}

TEST_F(PodTableTest, AStartThatFailsWhileTheRuntimeRecoversIsMadeAgain) {
  table.node_lost("n1");
  table.listed(10s, "n1", {});
  table.desire(10s, kFunction, {pod_spec("f-1")});
  const Steps failed = table.start_failed(11s, "f-1", false, "failed to rename: file exists");
  EXPECT_EQ(all<ListPods>(failed).size(), 1u);
  EXPECT_TRUE(all<InstanceEvent>(failed).empty());
  EXPECT_EQ(all<StartPod>(table.listed(12s, "n1", {})).size(), 1u);
  EXPECT_EQ(only_event<InstanceFailed>(table.start_failed(20s, "f-1", false, "no network")).reason,
            "no network");
}

TEST_F(PodTableTest, OneThatIsStoppedWhileTheRuntimeRecoversIsNotMadeAgain) {
  table.node_lost("n1");
  table.listed(10s, "n1", {});
  table.desire(10s, kFunction, {pod_spec("f-1")});
  table.desire(10s, kFunction, {});
  EXPECT_EQ(only_event<InstanceFailed>(table.start_failed(11s, "f-1", false, "no network")).reason,
            "stopped");
}

TEST_F(PodTableTest, AStartGivesUpInTheEnd) {
  table.node_lost("n1");
  EXPECT_TRUE(table.desire(0s, kFunction, {pod_spec("f-1")}).empty());
  EXPECT_EQ(table.next_wake(), Time(30s));
  EXPECT_TRUE(table.tick(29s).empty());
  EXPECT_FALSE(only_event<InstanceFailed>(table.tick(30s)).reason.empty());
  EXPECT_EQ(table.next_wake(), std::nullopt);
}

TEST_F(PodTableTest, OneThatWaitsForANodeCanBeStopped) {
  table.node_lost("n1");
  table.desire(0s, kFunction, {pod_spec("f-1")});
  EXPECT_EQ(only_event<InstanceFailed>(table.desire(1s, kFunction, {})).reason, "stopped");
}

TEST_F(PodTableTest, OneThatEndsByItselfIsRemovedAndTold) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  make_ready("f-1");
  const auto removals = all<RemovePod>(table.ended("f-1", "function was killed: out of memory (OOMKilled)"));
  ASSERT_EQ(removals.size(), 1u);
  EXPECT_TRUE(table.ended("f-1", "its pod sandbox ended").empty());
  EXPECT_NE(only_event<InstanceGone>(table.removed(removals[0], true)).reason.find("OOMKilled"),
            std::string::npos);
}

TEST_F(PodTableTest, ThreeFailedProbesInARowEndAReadyPod) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  make_ready("f-1");
  EXPECT_TRUE(table.probed(3s, "f-1", false, "slow").empty());
  EXPECT_TRUE(table.probed(4s, "f-1", true, "").empty());
  EXPECT_TRUE(table.probed(5s, "f-1", false, "slow").empty());
  EXPECT_TRUE(table.probed(6s, "f-1", false, "slow").empty());
  EXPECT_EQ(all<RemovePod>(table.probed(7s, "f-1", false, "slow")).size(), 1u);
}

TEST_F(PodTableTest, OneThatNeverBecomesReadyIsGivenUp) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  table.started(1s, "f-1", "s1", "10.0.0.2");
  EXPECT_TRUE(table.probed(61s, "f-1", false, "refused").empty());
  const auto removals = all<RemovePod>(table.probed(62s, "f-1", false, "refused"));
  ASSERT_EQ(removals.size(), 1u);
  EXPECT_EQ(only_event<InstanceFailed>(table.removed(removals[0], true)).reason,
            "it does not become ready: refused");
}

TEST_F(PodTableTest, AListShowsOrphansAndWhatIsMissing) {
  table.desire(0s, kFunction, {pod_spec("f-1"), pod_spec("f-2"), pod_spec("f-3"), pod_spec("f-4")});
  make_ready("f-1");
  make_ready("f-2");
  make_ready("f-3");
  const Steps steps = table.listed(3s, "n1",
                                   {{"s-f-1", "f-1", 0, true},
                                    {"s-f-2", "f-2", 0, false},
                                    {"old", "f-9", 0, true},
                                    {"new", "f-4", 0, false}});
  const auto examined = all<Examine>(steps);
  ASSERT_EQ(examined.size(), 2u);
  EXPECT_EQ(examined[0].instance, "f-2");
  EXPECT_EQ(examined[1].instance, "f-3");
  const auto removals = all<RemovePod>(steps);
  ASSERT_EQ(removals.size(), 1u);  // "new" is being started
  EXPECT_EQ(removals[0].sandbox, "old");
}

TEST_F(PodTableTest, ARemovalThatFailedIsMadeAgain) {
  table.desire(0s, kFunction, {pod_spec("f-1")});
  make_ready("f-1");
  const auto removals = all<RemovePod>(table.desire(3s, kFunction, {}));
  EXPECT_EQ(all<ListPods>(table.removed(removals.at(0), false)).size(), 1u);
  EXPECT_EQ(all<RemovePod>(table.listed(4s, "n1", {})).size(), 1u);
}

TEST(PodTablePlacement, TheNodeWithTheFewestPodsAndOnlyThoseThatAnswer) {
  PodTable table({"n1", "n2", "n3"}, {});
  table.listed(0s, "n1", {});
  table.listed(0s, "n2", {});
  const auto starts =
      all<StartPod>(table.desire(0s, kFunction, {pod_spec("a"), pod_spec("b"), pod_spec("c")}));
  ASSERT_EQ(starts.size(), 3u);
  EXPECT_EQ(starts[0].node, "n1");
  EXPECT_EQ(starts[1].node, "n2");
  EXPECT_EQ(starts[2].node, "n1");
}

}  // namespace
}  // namespace faastax::manager
