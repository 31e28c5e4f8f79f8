// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_builder.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "ledger/testdata/script.hpp"

namespace faastax::ledger {
namespace {

using testdata::kSecond;

const FunctionName kShop{"lab", "shop", Track::kRegular};

/// A node's books at the two ends of a window of 10 s.
struct Window {
  Totals before;
  Totals after;

  void add(Activity activity, Nanoseconds seconds, Evidence evidence = Evidence::kDirect) {
    after.cpu.add(activity, evidence, seconds * kSecond);
  }
  Report report() const {
    const ClocksRead clocks{100 * kSecond, 1'767'225'600 * kSecond};
    return build_report({before, after, 90 * kSecond, 100 * kSecond, clocks, 1, 2}, {});
  }
};

double of(const Report& report, Activity activity) { return report.by_activity[index_of(activity)].seconds; }

TEST(ReportBuilder, EachColdStartIsInTheBucketThatHoldsIt) {
  Window window;
  auto& shop = window.after.functions[kShop];
  for (const double seconds : {1e-9, 0.0101, 0.0102, 0.3, 5.0, 1e6}) shop.cold_start_seconds.add(seconds);
  window.before.functions[kShop].cold_start_seconds.add(0.3);
  const Report report = window.report();
  std::vector<std::uint64_t> counts;
  double above = -1;
  for (const DurationBucket& bucket : report.cold_start_buckets) {
    EXPECT_LT(above, bucket.above);
    EXPECT_LT(bucket.above, bucket.le);
    above = bucket.above;
    counts.push_back(bucket.count);
  }
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{1, 2, 1, 1})) << "0.3 s was before the window";
  EXPECT_GT(0.0101, report.cold_start_buckets[1].above);
  EXPECT_LE(0.0102, report.cold_start_buckets[1].le);
  EXPECT_TRUE(std::isinf(report.cold_start_buckets.back().le));
}

TEST(ReportBuilder, IsWhatHappenedInTheWindow) {
  Window window;
  window.before.cpu.add(Activity::kCreate, Evidence::kDirect, 5 * kSecond);
  window.after = window.before;
  window.before.started = 7;
  window.after.started = 9;
  window.add(Activity::kCreate, 3);
  const Report report = window.report();
  EXPECT_DOUBLE_EQ(of(report, Activity::kCreate), 3);
  EXPECT_EQ(report.started, 2U);
  EXPECT_EQ(report.live_at_start, 1U);
  EXPECT_EQ(report.live_at_end, 2U);
  EXPECT_DOUBLE_EQ(report.window_seconds, 10);
  EXPECT_EQ(report.window_start, "2025-12-31T23:59:50.000Z");
}

TEST(ReportBuilder, TheBooksBalance) {
  Window window;
  window.after.wall = 20 * kSecond;
  window.after.idle = 12 * kSecond;
  window.after.steal = static_cast<std::int64_t>(kSecond);
  window.after.unsettled = kSecond;
  window.add(Activity::kHandle, 4);
  const Report report = window.report();
  EXPECT_DOUBLE_EQ(report.busy_seconds, 5) << "cells and what is unsettled";
  EXPECT_DOUBLE_EQ(report.residual_seconds, 2);
  EXPECT_DOUBLE_EQ(report.busy_seconds + report.idle_seconds + report.steal_seconds + report.residual_seconds,
                   report.wall_cpu_seconds);
}

TEST(ReportBuilder, WhatWasUnsettledBeforeTheWindowIsBookedInIt) {
  Window window;
  window.before.unsettled = 3 * kSecond;
  window.after.wall = 10 * kSecond;
  window.after.idle = 10 * kSecond;
  window.add(Activity::kInit, 3);
  const Report report = window.report();
  EXPECT_DOUBLE_EQ(of(report, Activity::kInit), 3) << "a settlement books in the period in which it happens";
  EXPECT_DOUBLE_EQ(report.busy_seconds, 0);
  EXPECT_DOUBLE_EQ(report.residual_seconds, 0);
}

TEST(ReportBuilder, SecondsIncludeTheInferred) {
  Window window;
  window.add(Activity::kHandle, 2);
  window.add(Activity::kHandle, 1, Evidence::kInferred);
  const Report report = window.report();
  EXPECT_DOUBLE_EQ(of(report, Activity::kHandle), 3);
  EXPECT_DOUBLE_EQ(report.by_activity[index_of(Activity::kHandle)].inferred_seconds, 1);
}

TEST(ReportBuilder, RatiosByTheirFormulas) {
  Window window;
  const Activity all[] = {Activity::kCreate, Activity::kInit,     Activity::kHandle,
                          Activity::kIdle,   Activity::kTeardown, Activity::kManage,
                          Activity::kRoute,  Activity::kObserve,  Activity::kOther};
  Nanoseconds seconds = 1;
  for (const Activity activity : all) {
    window.add(activity, seconds);
    seconds *= 2;
  }
  window.after.memory_byte_seconds = {1, 2, 4, 8};
  const Ratios ratios = window.report().ratios;
  EXPECT_DOUBLE_EQ(ratios.churn.value(), (1 + 2 + 16) / 4.0);
  EXPECT_DOUBLE_EQ(ratios.overhead.value(), (1 + 16 + 32 + 64) / (2.0 + 4 + 8));
  EXPECT_DOUBLE_EQ(ratios.memory.value(), 15 / 4.0);
}

TEST(ReportBuilder, ARatioWithoutADenominatorIsAbsent) {
  Window window;
  window.add(Activity::kCreate, 1);
  window.after.functions[kShop].cpu.add(Activity::kCreate, Evidence::kDirect, kSecond);
  const Report report = window.report();
  EXPECT_FALSE(report.ratios.churn.has_value());
  EXPECT_FALSE(report.ratios.overhead.has_value());
  EXPECT_FALSE(report.ratios.memory.has_value());
  EXPECT_FALSE(report.functions.at(0).churn_ratio.has_value());
}

TEST(ReportBuilder, ComponentsLargestFirstWithoutZeros) {
  Window window;
  window.before.components["idle one"].add(Activity::kManage, Evidence::kDirect, kSecond);
  window.after = window.before;
  window.after.components["runc"].add(Activity::kCreate, Evidence::kDirect, kSecond);
  window.after.components["runc"].add(Activity::kTeardown, Evidence::kInferred, 3 * kSecond);
  const auto components = window.report().by_component;
  ASSERT_EQ(components.size(), 2U);
  EXPECT_EQ(components[0].activity, Activity::kTeardown);
  EXPECT_DOUBLE_EQ(components[0].seconds, 3);
  EXPECT_DOUBLE_EQ(components[0].inferred_seconds, 3);
  EXPECT_EQ(components[1].activity, Activity::kCreate);
}

TEST(ReportBuilder, NoMoreIsOverbookedInAWindowThanItsCellsHave) {
  Window window;
  window.before.cpu.add(Activity::kHandle, Evidence::kDirect, 9);
  window.after.cpu.add(Activity::kHandle, Evidence::kDirect, 9 + 5);
  window.after.components["runc"].add(Activity::kHandle, Evidence::kDirect, 3);
  window.after.components["overbooked"].add(Activity::kHandle, Evidence::kDirect, 7);
  const auto components = window.report().by_component;
  ASSERT_EQ(components.size(), 2U);
  EXPECT_EQ(components[0].component, "runc");
  EXPECT_DOUBLE_EQ(components[1].seconds, seconds(2)) << "the rest was an instance's in the window before";
}

TEST(ReportBuilder, FunctionsAndTheirRequests) {
  Window window;
  window.before.functions[kShop].completed = 4;
  window.before.functions[kShop].request_seconds.add(100, 4);
  window.after = window.before;
  FunctionTotals& shop = window.after.functions[kShop];
  shop.completed += 2;
  shop.inferred_requests = 1;
  shop.aborted = 1;
  shop.probes = 5;
  shop.in_flight_peak = 7;
  shop.started = 3;
  shop.served_none = 1;
  shop.request_seconds.add(0.5, 2);
  shop.cold_start_seconds.add(0.25);
  shop.cpu.add(Activity::kCreate, Evidence::kDirect, 2 * kSecond);
  shop.cpu.add(Activity::kHandle, Evidence::kInferred, 4 * kSecond);
  shop.memory_byte_seconds[index_of(InstanceState::kBusy)] = 17;
  const Report report = window.report();
  const FunctionReport& function = report.functions.at(0);
  EXPECT_EQ(function.function, "shop");
  EXPECT_EQ(function.requests.completed, 2U);
  EXPECT_EQ(function.requests.inferred, 1U);
  EXPECT_EQ(function.requests.aborted, 1U);
  EXPECT_EQ(function.requests.probes, 5U);
  EXPECT_EQ(function.requests.in_flight_peak, 7U);
  EXPECT_NEAR(function.request_seconds.p50.value(), 0.5, 0.5 * 0.004);
  EXPECT_EQ(function.started, 3U);
  EXPECT_DOUBLE_EQ(function.churn_ratio.value(), 0.5);
  EXPECT_DOUBLE_EQ(function.inferred_seconds, 4);
  EXPECT_DOUBLE_EQ(function.memory_byte_seconds[index_of(InstanceState::kBusy)], 17);
  EXPECT_EQ(report.requests_completed, 2U);
  EXPECT_EQ(report.requests_inferred, 1U);
  EXPECT_EQ(report.requests_aborted, 1U);
  EXPECT_EQ(report.served_none, 1U);
  EXPECT_NEAR(report.request_seconds.p99.value(), 0.5, 0.5 * 0.004) << "those before the window do not count";
  EXPECT_NEAR(report.cold_start_seconds.p50.value(), 0.25, 0.25 * 0.004);
}

TEST(ReportBuilder, PercentilesWithoutSamplesAreAbsent) {
  EXPECT_FALSE(Window{}.report().request_seconds.p50.has_value());
  EXPECT_FALSE(Window{}.report().cold_start_seconds.p99.has_value());
}

TEST(ReportBuilder, ProgramsAndLossesOfTheWindow) {
  Window window;
  window.before.programs = {{"fx_switch", 1000, 100}};
  window.after.programs = {{"fx_switch", 11'000, 100}, {"fx_exec", 10, 1000}};
  window.before.lost_events = 2;
  window.after.lost_events = 5;
  const Report report = window.report();
  EXPECT_EQ(report.programs.at(0).runs, 10'000U);
  EXPECT_NEAR(report.bpf_estimated_seconds, 10'000 * 100e-9 + 10 * 1000e-9, 1e-12);
  EXPECT_EQ(report.lost_events, 3U);
}

TEST(DescribeInstances, InOrderWithUidsColdStartsAndEnds) {
  const auto server = std::make_shared<Instance>();
  server->number = 2;
  server->sandbox = "b";
  server->named = kSecond;
  server->ready = 3 * kSecond;
  server->own = 5 * kSecond;
  server->settlement = Settlement::kServer;
  const auto job = std::make_shared<Instance>();
  job->number = 1;
  job->settlement = Settlement::kJob;
  job->gone = 1;
  const auto reports = describe_instances({server, job}, "boot-", {});
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].uid, "boot-0000000001");
  EXPECT_EQ(reports[0].kind, "job");
  EXPECT_EQ(reports[0].ended, "exit:0");
  EXPECT_FALSE(reports[0].cold_start_seconds.has_value());
  EXPECT_EQ(reports[1].uid, "boot-0000000002") << "uids sort in order of time";
  EXPECT_DOUBLE_EQ(reports[1].cold_start_seconds.value(), 2);
  EXPECT_DOUBLE_EQ(reports[1].own_seconds, 5);
  EXPECT_EQ(reports[1].ended, "");
}

TEST(Rfc3339, InUtcWithMilliseconds) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1'767'225'600'123'999'999), "2026-01-01T00:00:00.123Z");
}

}  // namespace
}  // namespace faastax::ledger
