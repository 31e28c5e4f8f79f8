// SPDX-License-Identifier: Apache-2.0
#include "collector/join/scaling_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/join/testing_events.hpp"

namespace faastax::join {
namespace {

using namespace testing;
using ::testing::ElementsAre;

/// Two regular instances by one decision, an emergency one, a repair, one that failed and a scale-down.
Story story() {
  Story story;
  story.decides(1, "d-1", 0, 2).lives(1, 9, "f-1", "d-1").lives(1, 8, "f-2", "d-1");
  story.decides(2, "d-2", 0, 1, Track::kEmergency).lives(2, 3, "f-3", "d-2", Track::kEmergency);
  story.lives(8, 9, "f-4", "d-1", Track::kRegular, Reason::kRepair);
  story.decides(4, "d-3", 2, 3).is(4, "f-5", State::kStarting, "d-3").is(5, "f-5", State::kGone, "d-3");
  story.decides(5, "d-4", 2, 3);
  story.decides(6, "d-5", 3, 1);
  story.held(1.2, "f-1", 200).held(2.1, "f-3", 5, Track::kEmergency);
  return story;
}

std::vector<Observed> observed() {
  return {seen("f-1"), seen("f-2", {}, Track::kRegular, 0), seen("f-3", {}, Track::kEmergency, 1),
          seen("f-4")};
}

TEST(ScalingReport, CountsDecisionsAndInstances) {
  const auto report = scaling_report(join(story().events, observed()));
  EXPECT_EQ(report.decisions, 5U);
  EXPECT_EQ(report.scale_ups, 4U);
  EXPECT_EQ(report.scale_downs, 1U);
  EXPECT_EQ(report.without_instances, 1U);
  EXPECT_EQ(report.instances.by_decision, 4U);
  EXPECT_EQ(report.instances.repairs, 1U);
  EXPECT_EQ(report.instances.failed, 1U);
  EXPECT_EQ(report.instances.undecided + report.instances.unobserved + report.instances.mismatched +
                report.instances.duplicates,
            0U);
  EXPECT_EQ(report.served_none, 1U);
  EXPECT_EQ(report.held_requests, 2U);
  EXPECT_DOUBLE_EQ(*report.delay_seconds.p99, 0.2);
  EXPECT_TRUE(report.problems.empty());
}

// Each observed instance used 1.2 s to be made and removed, 0.01 s idle and 350 byte-seconds not busy.
TEST(ScalingReport, TheCostOfEachScaleUp) {
  const auto report = scaling_report(join(story().events, observed()));
  ASSERT_EQ(report.ups.size(), 2U);
  EXPECT_EQ(report.ups[0].decision, "d-1");
  EXPECT_EQ(report.ups[0].time, "2026-01-01T00:00:01.000Z");
  EXPECT_EQ(report.ups[0].instances, 3U);  // with the repair
  EXPECT_EQ(report.ups[0].served_none, 1U);
  EXPECT_EQ(report.ups[0].requests, 6U);
  EXPECT_DOUBLE_EQ(report.ups[0].churn_seconds, 3.6);
  EXPECT_DOUBLE_EQ(report.ups[0].idle_seconds, 0.03);
  EXPECT_DOUBLE_EQ(report.ups[0].idle_byte_seconds, 1050);
  EXPECT_DOUBLE_EQ(report.ups[1].churn_seconds, 1.2);
  EXPECT_DOUBLE_EQ(*report.scale_up_seconds.p99, 3.6);
}

TEST(ScalingReport, GroupsAreByPolicyAndTrack) {
  const auto groups = scaling_report(join(story().events, observed())).groups;
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].policy, "dual:60s");
  EXPECT_EQ(groups[0].track, Track::kRegular);
  EXPECT_EQ(groups[0].decisions, 4U);
  EXPECT_EQ(groups[0].instances, 4U);
  EXPECT_EQ(groups[0].repairs, 1U);
  EXPECT_EQ(groups[0].failed, 1U);
  EXPECT_EQ(groups[0].requests, 6U);
  EXPECT_DOUBLE_EQ(groups[0].cpu_seconds[0], 3.0);
  EXPECT_EQ(groups[1].track, Track::kEmergency);
  EXPECT_EQ(groups[1].instances, 1U);
  EXPECT_DOUBLE_EQ(*groups[1].delay_seconds.p50, 0.005);
  EXPECT_DOUBLE_EQ(groups[1].memory_byte_seconds[2], 400);
}

TEST(ScalingReport, GroupsOfEveryDimensionAddUp) {
  Story other("lab/2");
  other.policy = "async";
  other.function = "g";
  other.decides(1, "d-1", 0, 1, Track::kRegular, "g").lives(1, 2, "g-1", "d-1");
  auto events = story().events;
  events.insert(events.end(), other.events.begin(), other.events.end());
  auto instances = observed();
  instances.push_back(seen("g-1"));
  instances.back().function = "g";
  const Join joined = join(events, instances);
  for (const auto& dimensions : std::vector<std::set<Dimension>>{
           {},
           {Dimension::kTrack},
           {Dimension::kPolicy},
           {Dimension::kFunction},
           {Dimension::kNode},
           {Dimension::kFunction, Dimension::kTrack, Dimension::kNode, Dimension::kPolicy}}) {
    std::uint64_t started = 0;
    std::uint64_t decisions = 0;
    double create = 0;
    for (const Group& group : group_by(joined, dimensions)) {
      started += group.figures.instances;
      decisions += group.figures.decisions;
      create += group.figures.cpu_seconds[0];
    }
    EXPECT_EQ(started, 6U);
    EXPECT_EQ(decisions, 6U);
    EXPECT_DOUBLE_EQ(create, 5.0);
  }
  const auto by_function = group_by(joined, {Dimension::kFunction});
  ASSERT_EQ(by_function.size(), 2U);
  EXPECT_EQ(by_function[1].key.function, "g");
}

TEST(ScalingReport, NamesWhatDoesNotFit) {
  Story story;
  story.decides(1, "d-1", 0, 2).lives(1, 9, "f-1", "d-1").lives(1, 9, "f-2", "d-9").lives(1, 9, "f-3", "d-1");
  const auto report =
      scaling_report(join(story.events, {seen("f-1", {}, Track::kUnknown), seen("f-2"), seen("stray")}));
  EXPECT_EQ(report.instances.by_decision, 2U);
  EXPECT_EQ(report.instances.undecided, 2U);
  EXPECT_EQ(report.instances.unobserved, 1U);
  EXPECT_EQ(report.instances.mismatched, 1U);
  EXPECT_THAT(report.problems,
              ElementsAre("instance f-1: regular by its decision, unknown by the profiler",
                          "instance f-2: no decision wanted it", "instance f-3: the profiler did not see it",
                          "instance stray: the control plane did not tell of it"));
}

TEST(ScalingReport, WhatWasBeforeTheWindowCountsForNothing) {
  const auto report = scaling_report(join(story().events, observed(), at(1.5)));
  EXPECT_EQ(report.decisions, 4U);
  EXPECT_EQ(report.instances.by_decision, 2U);  // f-3 and f-5
  EXPECT_EQ(report.instances.repairs, 1U);      // by a decision of before
  EXPECT_EQ(report.instances.undecided, 0U);
  EXPECT_EQ(report.held_requests, 1U);
  EXPECT_EQ(report.ups.size(), 1U);
  EXPECT_TRUE(report.problems.empty());
}

TEST(ChurnLine, IsTheFitOrItsRefusal) {
  std::vector<ChurnPeriod> periods;
  for (int i = 0; i < 12; ++i) periods.push_back({2, 2.0 * i, 2 * (0.5 + 0.25 * i)});
  const auto line = churn_line(periods);
  EXPECT_EQ(line.refused, "");
  EXPECT_EQ(line.periods, 12U);
  EXPECT_NEAR(line.fixed_cpus.value, 0.5, 1e-9);
  EXPECT_NEAR(line.creation_seconds.high, 0.25, 1e-9);
  periods.resize(3);
  EXPECT_EQ(churn_line(periods).refused, "3 periods are too few; 8 are needed");
  EXPECT_EQ(churn_line(periods).periods, 3U);
}

TEST(ScalingReport, NothingAtAll) {
  const auto report = scaling_report(join({}, {}));
  EXPECT_EQ(report.decisions, 0U);
  EXPECT_TRUE(report.groups.empty());
  EXPECT_FALSE(report.scale_up_seconds.p50);
}

}  // namespace
}  // namespace faastax::join
