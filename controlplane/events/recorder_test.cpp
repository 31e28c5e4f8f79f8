// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/recorder.hpp"

#include <gtest/gtest.h>

#include <set>

namespace faastax::events {
namespace {

using namespace std::chrono_literals;
using policy::Track;

const scaling::UnixTime kBegin(std::chrono::seconds(1767225600));

class RecorderTest : public testing::Test {
 protected:
  RecorderTest()
      : recorder({.source = "lab/1", .policy = "dual:60s", .functions = {{"lab", "f"}, {"lab", "g"}}},
                 [this](scaling::ScalingEvent event) { events.push_back(std::move(event)); }) {
    recorder.begin(kBegin);
  }
  template <typename Data>
  const Data& last() const {
    return std::get<Data>(events.back().data);
  }

  Recorder recorder;
  std::vector<scaling::ScalingEvent> events;
  policy::Launch launch{
      .instance = 3, .function = 1, .reason = "more", .track = Track::kEmergency, .decision = 7};
  std::string name = "g-3";
  std::string node = "n2";
};

TEST_F(RecorderTest, ADecision) {
  recorder.decided(
      2s, {.decision = 7, .function = 1, .track = Track::kEmergency, .from = 1, .to = 2, .reason = "a\nb"});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].source, "lab/1");
  EXPECT_EQ(events[0].id, "d-7");
  EXPECT_EQ(events[0].time, kBegin + 2s);
  EXPECT_EQ(last<scaling::Decision>(),
            (scaling::Decision{"d-7", {"lab", "g", ledger::Track::kEmergency}, "dual:60s", 1, 2, "a b"}));
}

TEST_F(RecorderTest, TheLifeOfAnInstance) {
  const std::string nowhere;
  recorder.decided(
      2s, {.decision = 7, .function = 1, .track = Track::kEmergency, .from = 0, .to = 1, .reason = {}});
  recorder.launched(2500ms, {launch, name, nowhere});
  const auto& starting = last<scaling::Instance>();
  EXPECT_EQ(starting.decision_id, "d-7");
  EXPECT_EQ(starting.instance, "g-3");
  EXPECT_EQ(starting.state, scaling::State::kStarting);
  EXPECT_EQ(starting.reason, scaling::Reason::kDecision);
  EXPECT_EQ(starting.placement_ms, 500.0);
  recorder.ready(3s, {launch, name, node}, 500ms);
  EXPECT_EQ(last<scaling::Instance>().state, scaling::State::kReady);
  EXPECT_EQ(last<scaling::Instance>().node, "n2");
  recorder.stopping(4s, {launch, name, node}, {.instance = 3, .reason = "idle", .decision = 9});
  EXPECT_EQ(last<scaling::Instance>().state, scaling::State::kStopping);
  EXPECT_EQ(last<scaling::Instance>().stopped_by, "d-9");
  EXPECT_EQ(last<scaling::Instance>().decision_id, "d-7");
  recorder.gone(5s, {launch, name, node}, "stopped");
  EXPECT_EQ(last<scaling::Instance>().state, scaling::State::kGone);
  EXPECT_EQ(last<scaling::Instance>().detail, "stopped");
}

TEST_F(RecorderTest, ARepairNamesTheDecisionThatWantedTheLostOne) {
  recorder.decided(
      2s, {.decision = 7, .function = 1, .track = Track::kRegular, .from = 0, .to = 1, .reason = {}});
  launch.repair = true;
  recorder.launched(60s, {launch, name, node});
  EXPECT_EQ(last<scaling::Instance>().reason, scaling::Reason::kRepair);
  EXPECT_EQ(last<scaling::Instance>().decision_id, "d-7");
  EXPECT_EQ(last<scaling::Instance>().placement_ms, std::nullopt);
}

TEST_F(RecorderTest, AStartThatFailedIsGone) {
  recorder.failed(3s, {launch, name, node}, std::string(2000, 'x'));
  EXPECT_EQ(last<scaling::Instance>().state, scaling::State::kGone);
  EXPECT_EQ(last<scaling::Instance>().detail.size(), scaling::kMaxText);
}

TEST_F(RecorderTest, OnlyHeldRequestsAreTold) {
  gateway::Sent sent{.send = {.request = 1, .instance = 3, .cold = true, .track = Track::kEmergency},
                     .waited = 12ms,
                     .held = false,
                     .at = 4s};
  recorder.sent(1, sent, "g-3");
  EXPECT_TRUE(events.empty());
  sent.held = true;
  recorder.sent(1, sent, "g-3");
  EXPECT_EQ(last<scaling::Request>(),
            (scaling::Request{{"lab", "g", ledger::Track::kEmergency}, "g-3", 12.0, true}));
  EXPECT_EQ(events.back().time, kBegin + 4s);
}

TEST_F(RecorderTest, IdsAreUniqueAndEveryEventIsReadBack) {
  recorder.decided(
      1s, {.decision = 7, .function = 0, .track = Track::kRegular, .from = 0, .to = 1, .reason = {}});
  for (int i = 0; i < 3; ++i) recorder.launched(2s, {launch, name, node});
  recorder.failed(3s, {launch, name, node}, "it \"failed\"\t\xc3\xa9");
  std::set<std::string> ids;
  for (const auto& event : events) {
    ids.insert(event.id);
    EXPECT_EQ(scaling::event_from_json(scaling::to_json(event)).value(), event);
  }
  EXPECT_EQ(ids.size(), events.size());
}

TEST(SourceOfRun, SaysWhenAndIsNeverTheSame) {
  const std::string source = source_of_run("lab", kBegin + 1ms);
  EXPECT_TRUE(source.starts_with("lab/20260101T000000Z-")) << source;
  EXPECT_NE(source, source_of_run("lab", kBegin + 1ms));
}

}  // namespace
}  // namespace faastax::events
