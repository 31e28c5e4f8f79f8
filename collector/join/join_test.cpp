// SPDX-License-Identifier: Apache-2.0
#include "collector/join/join.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "collector/join/testing_events.hpp"

namespace faastax::join {
namespace {

using namespace testing;

TEST(Join, EachInstanceGoesToTheDecisionThatStartedIt) {
  Story story;
  story.decides(1, "d-1", 0, 2).lives(1, 9, "f-1", "d-1").lives(1, 8, "f-2", "d-1");
  story.decides(5, "d-2", 2, 3).lives(5, 7, "f-3", "d-2");
  story.decides(7, "d-3", 3, 2);
  const Join joined = join(story.events, {seen("f-3"), seen("f-1"), seen("f-2")});
  ASSERT_EQ(joined.decisions.size(), 3U);
  EXPECT_EQ(joined.decisions[0].instances.size(), 2U);
  EXPECT_EQ(joined.decisions[1].instances.size(), 1U);
  EXPECT_TRUE(joined.decisions[2].instances.empty());
  for (const Told& told : joined.instances) {
    ASSERT_TRUE(told.observed);
    EXPECT_EQ(joined.observed[*told.observed].sandbox, told.data.instance);
    EXPECT_FALSE(told.mismatch);
    EXPECT_FALSE(told.failed());
  }
  EXPECT_TRUE(joined.undecided.empty());
  EXPECT_TRUE(joined.duplicates.empty());
}

TEST(Join, TheOrderOfEventsAndRepetitionsDoNotMatter) {
  Story story;
  story.decides(1, "d-1", 0, 2).lives(1, 9, "f-1", "d-1").lives(1.5, 8, "f-2", "d-1").held(2, "f-1", 900);
  auto events = story.events;
  events.insert(events.end(), story.events.begin(), story.events.end());
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::ranges::shuffle(events, random);
    const Join joined = join(events, {seen("f-2"), seen("f-1")});
    ASSERT_EQ(joined.decisions.size(), 1U);
    EXPECT_EQ(joined.decisions[0].instances.size(), 2U);
    ASSERT_EQ(joined.requests.size(), 1U);
    EXPECT_EQ(joined.instances[*joined.requests[0].instance].data.instance, "f-1");
    EXPECT_TRUE(joined.duplicates.empty());
  }
}

TEST(Join, AStartThatFailedWasNeverReadyNorStopped) {
  Story story;
  story.decides(1, "d-1", 0, 3).lives(1, 9, "f-1", "d-1");
  story.is(1, "f-2", State::kStarting, "d-1").is(2, "f-2", State::kGone, "d-1");
  story.is(1, "f-3", State::kStarting, "d-1").is(2, "f-3", State::kStopping, "d-1");
  story.is(3, "f-3", State::kGone, "d-1");
  const Join joined = join(story.events, {});
  std::vector<std::string> failed;
  for (const Told& told : joined.instances) {
    if (told.failed()) failed.push_back(told.data.instance);
  }
  EXPECT_EQ(failed, std::vector<std::string>{"f-2"});
}

TEST(Join, OneNameMayHaveSeveralLives) {
  Story story;
  story.decides(1, "d-1", 0, 1).lives(1, 9, "f-1", "d-1");
  story.decides(20, "d-2", 0, 1).lives(20, 29, "f-1", "d-2");
  const Join joined = join(story.events, {seen("f-1", 20.2), seen("f-1", 1.2)});
  ASSERT_EQ(joined.instances.size(), 2U);
  for (const Told& told : joined.instances) {
    ASSERT_TRUE(told.observed);
    EXPECT_LT(*joined.observed[*told.observed].created - told.began, std::chrono::seconds(1));
  }
  EXPECT_TRUE(joined.undecided.empty());
}

TEST(Join, TheSameNameOfAnotherControlPlaneIsAnotherInstance) {
  Story one("lab/1");
  one.decides(1, "d-1", 0, 1).lives(1, 9, "f-1", "d-1");
  Story other("lab/2");
  other.decides(100, "d-1", 0, 1).lives(100, 109, "f-1", "d-1");
  auto events = one.events;
  events.insert(events.end(), other.events.begin(), other.events.end());
  const Join joined = join(events, {seen("f-1", 100.1), seen("f-1", 1.1)});
  ASSERT_EQ(joined.decisions.size(), 2U);
  for (const Told& told : joined.instances) {
    ASSERT_TRUE(told.observed);
    EXPECT_EQ(told.source, joined.decisions[*told.decision].source);
    EXPECT_LT(*joined.observed[*told.observed].created - told.began, std::chrono::seconds(1));
  }
}

TEST(Join, AnInstanceFarFromEveryLifeIsUndecided) {
  Story story;
  story.decides(100, "d-1", 0, 1).lives(100, 109, "f-1", "d-1");
  const Join joined = join(story.events, {seen("f-1", 1), seen("f-1", 100), seen("g-1", 100)});
  EXPECT_EQ(joined.undecided.size(), 2U);
  EXPECT_EQ(joined.observed[*joined.instances[0].observed].created, at(100));
}

TEST(Join, ClocksMayDifferALittle) {
  Story story;
  story.decides(100, "d-1", 0, 1).lives(100, 109, "f-1", "d-1");
  EXPECT_TRUE(join(story.events, {seen("f-1", 96)}).undecided.empty());
  EXPECT_EQ(join(story.events, {seen("f-1", 94)}).undecided.size(), 1U);
}

TEST(Join, WhatWasThereBeforeTheProfilerNeedsNoDecision) {
  Observed old = seen("old-1");
  old.live_at_start = true;
  EXPECT_TRUE(join({}, {old}).undecided.empty());
}

TEST(Join, ALifeThatBeganBeforeTheEventsBelongsToNoDecision) {
  Story story;
  story.is(1, "f-1", State::kStopping, "d-0").is(2, "f-1", State::kGone, "d-0");
  const Join joined = join(story.events, {seen("f-1", -50)});
  ASSERT_EQ(joined.instances.size(), 1U);
  EXPECT_FALSE(joined.instances[0].starting);
  EXPECT_TRUE(joined.instances[0].observed);
  EXPECT_TRUE(joined.undecided.empty());
}

TEST(Join, WhatIsToldTwiceIsNamed) {
  Story story;
  story.decides(1, "d-1", 0, 1).is(1, "f-1", State::kStarting, "d-1").is(2, "f-1", State::kStarting, "d-2");
  auto events = story.events;
  events.push_back(events[0]);
  events.back().id = "another";
  const Join joined = join(events, {});
  EXPECT_EQ(joined.duplicates, (std::vector<std::string>{"decision d-1 was told twice",
                                                         "instance f-1 was started twice, by d-1 and d-2"}));
}

TEST(Join, WhatTheProfilerSaysOtherwiseIsNamed) {
  Story story;
  story.decides(1, "d-1", 0, 2).lives(1, 9, "f-1", "d-1").lives(1, 9, "f-2", "d-1");
  Observed other = seen("f-2");
  other.function = "g";
  const Join joined = join(story.events, {seen("f-1", {}, Track::kEmergency), other});
  EXPECT_EQ(joined.instances[0].mismatch, "instance f-1: regular by its decision, emergency by the profiler");
  EXPECT_EQ(joined.instances[1].mismatch, "instance f-2: lab/f by its decision, lab/g by the profiler");
}

}  // namespace
}  // namespace faastax::join
