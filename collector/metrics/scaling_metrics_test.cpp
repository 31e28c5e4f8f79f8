// SPDX-License-Identifier: Apache-2.0
#include "collector/metrics/scaling_metrics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faastax::collector {
namespace {

using std::chrono::milliseconds;

constexpr exporting::TimePoint kNow{std::chrono::hours(1)};
constexpr scaling::UnixTime kStart{std::chrono::hours(500'000)};

scaling::ScalingEvent decision(const std::string& id, const std::string& function = "f") {
  scaling::Decision data;
  data.decision_id = id;
  data.subject = {"lab", function, ledger::Track::kRegular};
  data.policy = "async";
  return {"lab/1", id, kStart, data};
}

scaling::ScalingEvent ready(const std::string& decision_id, milliseconds after,
                            scaling::Reason reason = scaling::Reason::kDecision) {
  scaling::Instance data;
  data.decision_id = decision_id;
  data.subject = {"lab", "f", ledger::Track::kRegular};
  data.state = scaling::State::kReady;
  data.reason = reason;
  return {"lab/1", "i" + decision_id, kStart + after, data};
}

TEST(ScalingMetrics, NothingIsNothing) { EXPECT_TRUE(ScalingMetrics().show("p", kNow).empty()); }

TEST(ScalingMetrics, ANewLabelSetBeginsAtZero) {
  ScalingMetrics metrics;
  metrics.add(decision("d1"), kNow);
  metrics.add(decision("d2"), kNow);
  auto first = metrics.show("p", kNow);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].metric.at(0).counter.value, 0);
  EXPECT_EQ(metrics.show("p", kNow)[0].metric.at(0).counter.value, 2);
  EXPECT_EQ(first[0].metric.at(0).label.at(3).value, "async");
}

TEST(ScalingMetrics, DelayIsFromDecisionToReady) {
  ScalingMetrics metrics;
  metrics.add(decision("d1"), kNow);
  metrics.add(ready("d1", milliseconds(40)), kNow);
  metrics.add(ready("d1", milliseconds(700)), kNow);
  metrics.add(ready("d1", milliseconds(900), scaling::Reason::kRepair), kNow);
  metrics.add(ready("unknown", milliseconds(1)), kNow);
  metrics.show("p", kNow);
  const auto histogram = metrics.show("p", kNow)[1].metric.at(0).histogram;
  EXPECT_EQ(histogram.sample_count, 2U);
  EXPECT_DOUBLE_EQ(histogram.sample_sum, 0.74);
  for (const auto& bucket : histogram.bucket) {
    const auto expected = bucket.upper_bound >= 1 ? 2U : (bucket.upper_bound >= 0.05 ? 1U : 0U);
    EXPECT_EQ(bucket.cumulative_count, expected) << bucket.upper_bound;
  }
}

TEST(ScalingMetrics, EachScraperSeesTheBeginning) {
  ScalingMetrics metrics;
  metrics.add(decision("d1"), kNow);
  metrics.add(ready("d1", milliseconds(40)), kNow);
  for (const auto* scraper : {"p", "q"}) {
    auto first = metrics.show(scraper, kNow);
    EXPECT_EQ(first.at(0).metric.at(0).counter.value, 0) << scraper;
    EXPECT_EQ(first.at(1).metric.at(0).histogram.sample_count, 0U) << scraper;
    auto second = metrics.show(scraper, kNow);
    EXPECT_EQ(second.at(0).metric.at(0).counter.value, 1) << scraper;
    EXPECT_EQ(second.at(1).metric.at(0).histogram.sample_count, 1U) << scraper;
  }
}

TEST(ScalingMetrics, WhatHasEndedIsWithdrawnAndComesBackFromItsLastValue) {
  ScalingMetrics metrics;
  metrics.add(decision("d1"), kNow);
  metrics.show("p", kNow);
  metrics.show("p", kNow);
  const auto later = kNow + std::chrono::minutes(16);
  EXPECT_TRUE(metrics.show("p", later).empty());
  metrics.add(decision("d2"), later);
  EXPECT_EQ(metrics.show("p", later).at(0).metric.at(0).counter.value, 1);
  EXPECT_EQ(metrics.show("p", later).at(0).metric.at(0).counter.value, 2);
}

TEST(ScalingMetrics, WhatHasEndedLeavesRoomForOthers) {
  ScalingMetrics metrics;
  const auto decide = [&](const std::string& name, exporting::TimePoint now) {
    for (std::size_t i = 0; i < kMaxScalingSeries; ++i) {
      metrics.add(decision(name + std::to_string(i), name + std::to_string(i)), now);
    }
    metrics.show("p", now);
    return metrics.show("p", now).at(0).metric;
  };
  EXPECT_EQ(decide("a", kNow).size(), kMaxScalingSeries);
  const auto later = kNow + std::chrono::minutes(16);
  metrics.show("p", later);
  const auto others = decide("b", later);
  EXPECT_EQ(others.size(), kMaxScalingSeries);
  for (const auto& metric : others) EXPECT_NE(metric.label.at(1).value, "_overflow");
}

TEST(ScalingMetrics, LabelSetsAreBounded) {
  ScalingMetrics metrics;
  for (std::size_t i = 0; i < kMaxScalingSeries + 10; ++i) {
    metrics.add(decision("d" + std::to_string(i), "f" + std::to_string(i)), kNow);
  }
  metrics.show("p", kNow);
  const auto families = metrics.show("p", kNow);
  EXPECT_EQ(families[0].metric.size(), kMaxScalingSeries + 1);
  double sum = 0;
  for (const auto& metric : families[0].metric) sum += metric.counter.value;
  EXPECT_EQ(sum, kMaxScalingSeries + 10);
}

}  // namespace
}  // namespace faastax::collector
