// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/lab/result.hpp"
#include "controlplane/lab/tally.hpp"

namespace faastax::lab {
namespace {

TEST(Percentile, NearestRank) {
  EXPECT_EQ(percentile({}, 50), std::nullopt);
  EXPECT_EQ(percentile({3}, 99), 3);
  EXPECT_EQ(percentile({4, 1, 3, 2}, 50), 2);
  EXPECT_EQ(percentile({4, 1, 3, 2}, 99), 4);
  std::vector<double> hundred;
  for (int i = 100; i > 0; --i) hundred.push_back(i);
  EXPECT_EQ(percentile(hundred, 99), 99);
}

TEST(GeometricMean, OfRatios) {
  EXPECT_EQ(geometric_mean({}), std::nullopt);
  EXPECT_DOUBLE_EQ(*geometric_mean({1, 4}), 2);
}

TEST(Tally, SlowdownIsTheGeometricMeanOfEachFunctionsP99) {
  trace::Workload workload;
  workload.functions = {{"a", 0}, {"b", 0}, {"never", 0}};
  Tally tally(workload);
  tally.sent(0, 0);
  tally.succeeded(0, 0.2, 100);  // 2
  tally.sent(1, 0);
  tally.succeeded(1, 0.8, 100);  // 8
  tally.sent(1, 0);
  tally.failed("gone");
  tally.instance_ready(0.5, policy::Track::kRegular);
  const LabResult result = tally.result();
  EXPECT_DOUBLE_EQ(*result.slowdown, 4);
  EXPECT_EQ(result.functions[2].slowdown_p99, std::nullopt);
  EXPECT_EQ(result.sent, result.succeeded + result.failed);
  EXPECT_EQ(tally.done(), 3u);
  EXPECT_EQ(result.cold_start_p50, 0.5);
  EXPECT_EQ(result.problems, std::vector<std::string>{"request: gone"});
}

TEST(Tally, SchedulingDelayOfAllAndOfThoseThatWaited) {
  trace::Workload workload;
  workload.functions = {{"a", 0}};
  Tally tally(workload);
  for (int i = 0; i < 9; ++i) tally.scheduled(0.001, false, policy::Track::kRegular);
  tally.scheduled(0.5, true, policy::Track::kEmergency);
  const LabResult result = tally.result();
  EXPECT_EQ(result.delay_p50, 0.001);
  EXPECT_EQ(result.delay_p99, 0.5);
  EXPECT_EQ(result.waited_p50, 0.5);
  EXPECT_EQ(result.requests_waited, 1u);
  EXPECT_EQ(result.emergency_requests, 1u);
}

TEST(Tally, WarmUpIsAnsweredButNotCounted) {
  trace::Workload workload;
  workload.functions = {{"a", 0}};
  Tally tally(workload);
  tally.sent(0, std::nullopt);
  tally.succeeded_early(0);
  tally.cold_start(0);
  tally.scheduled(5, true, policy::Track::kEmergency);
  tally.instance_ready(5, policy::Track::kEmergency);
  tally.problem("start: no room");
  tally.begin_counting();
  tally.sent(0, 0.25);
  tally.succeeded(0, 0.2, 100);
  tally.scheduled(kSlowStart, true, policy::Track::kRegular);
  tally.scheduled(kSlowStart / 2, true, policy::Track::kRegular);
  const LabResult result = tally.result();
  EXPECT_EQ(result.sent, 2u);
  EXPECT_EQ(result.succeeded, 2u);
  EXPECT_EQ(result.functions[0].succeeded, 2u);
  EXPECT_DOUBLE_EQ(*result.slowdown, 2);
  EXPECT_EQ(result.cold_starts + result.functions[0].cold_starts, 0u);
  EXPECT_EQ(result.instances_started, 0u);
  EXPECT_EQ(result.emergency_requests, 0u);
  EXPECT_EQ(result.cold_start_p50, std::nullopt);
  EXPECT_EQ(result.scheduled, 2u);
  EXPECT_EQ(result.slow_starts, 1u);
  EXPECT_EQ(result.late_p99, 0.25);
  EXPECT_EQ(result.problems.size(), 1u);
}

TEST(LabResult, IsWhatTheControlPlaneAndTheLoadGeneratorSaw) {
  trace::Workload workload;
  workload.functions = {{"a", 0}};
  Tally control(workload);
  control.cold_start(0);
  control.instance_ready(0.5, policy::Track::kRegular);
  control.problem("stop: late");
  Tally load(workload);
  load.sent(0, 0);
  load.succeeded(0, 0.2, 100);
  load.sent(0, 0);
  load.failed("503: full");
  LabResult both = control.result();
  add_load(both, load.result());
  EXPECT_EQ(both.sent, 2u);
  EXPECT_EQ(both.failed, 1u);
  EXPECT_EQ(both.cold_starts, 1u);
  EXPECT_EQ(both.instances_started, 1u);
  EXPECT_DOUBLE_EQ(*both.slowdown, 2);
  EXPECT_EQ(both.functions[0].succeeded, 1u);
  EXPECT_EQ(both.functions[0].cold_starts, 1u);
  EXPECT_EQ(both.problems, (std::vector<std::string>{"stop: late", "request: 503: full"}));
}

TEST(LabResult, SurvivesJson) {
  trace::Workload workload;
  workload.functions = {{"a", 0}, {"b", 0}};
  Tally tally(workload);
  tally.sent(0, 0);
  tally.cold_start(0);
  tally.succeeded(0, 0.25, 100);
  tally.instance_ready(0.125, policy::Track::kEmergency);
  tally.scheduled(0.125, true, policy::Track::kEmergency);
  tally.decided();
  tally.instance_failed("no room");
  tally.instance_stopped();
  tally.instances_now(2);
  const nlohmann::json json = to_json(tally.result());
  EXPECT_EQ(json["schema"], "faastax.lab.v1");
  EXPECT_TRUE(json["functions"][1]["slowdown_p99"].is_null());
  EXPECT_EQ(to_json(result_from_json(json)), json);
}

TEST(LabProgress, SurvivesJson) {
  const LabProgress progress{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(to_json(progress_from_json(to_json(progress))), to_json(progress));
}

}  // namespace
}  // namespace faastax::lab
