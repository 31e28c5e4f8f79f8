// SPDX-License-Identifier: Apache-2.0
#include "collector/metrics/scaling_metrics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faastax::collector {
namespace {

using std::chrono::milliseconds;

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

TEST(ScalingMetrics, NothingIsNothing) { EXPECT_TRUE(ScalingMetrics().collect().empty()); }

TEST(ScalingMetrics, ANewLabelSetBeginsAtZero) {
  ScalingMetrics metrics;
  metrics.add(decision("d1"));
  metrics.add(decision("d2"));
  auto first = metrics.collect();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].metric.at(0).counter.value, 0);
  EXPECT_EQ(metrics.collect()[0].metric.at(0).counter.value, 2);
  EXPECT_EQ(first[0].metric.at(0).label.at(3).value, "async");
}

TEST(ScalingMetrics, DelayIsFromDecisionToReady) {
  ScalingMetrics metrics;
  metrics.add(decision("d1"));
  metrics.add(ready("d1", milliseconds(40)));
  metrics.add(ready("d1", milliseconds(700)));
  metrics.add(ready("d1", milliseconds(900), scaling::Reason::kRepair));
  metrics.add(ready("unknown", milliseconds(1)));
  metrics.collect();
  const auto histogram = metrics.collect()[1].metric.at(0).histogram;
  EXPECT_EQ(histogram.sample_count, 2U);
  EXPECT_DOUBLE_EQ(histogram.sample_sum, 0.74);
  for (const auto& bucket : histogram.bucket) {
    const auto expected = bucket.upper_bound >= 1 ? 2U : (bucket.upper_bound >= 0.05 ? 1U : 0U);
    EXPECT_EQ(bucket.cumulative_count, expected) << bucket.upper_bound;
  }
}

TEST(ScalingMetrics, LabelSetsAreBounded) {
  ScalingMetrics metrics;
  for (std::size_t i = 0; i < kMaxScalingSeries + 10; ++i) {
    metrics.add(decision("d" + std::to_string(i), "f" + std::to_string(i)));
  }
  metrics.collect();
  const auto families = metrics.collect();
  EXPECT_EQ(families[0].metric.size(), kMaxScalingSeries + 1);
  double sum = 0;
  for (const auto& metric : families[0].metric) sum += metric.counter.value;
  EXPECT_EQ(sum, kMaxScalingSeries + 10);
}

}  // namespace
}  // namespace faastax::collector
