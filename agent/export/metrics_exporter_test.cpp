// SPDX-License-Identifier: Apache-2.0
#include "agent/export/metrics_exporter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "agent/export/metrics_doc.hpp"
#include "agent/export/testing_totals.hpp"

namespace faastax::exporting {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::counter;
using testing::find;
using testing::function;

constexpr auto kFunctionCpu = "faastax_function_cpu_seconds_total";

class MetricsExporterTest : public ::testing::Test {
 protected:
  explicit MetricsExporterTest(SeriesLimits limits = {})
      : exporter_({"0.1.0", "6.18.44", "hybrid", "none"},
                  {.rules = {}, .limits = limits, .clock = clock_.clock()}) {}

  std::vector<prometheus::MetricFamily> scrape(std::string_view scraper = "p") {
    EXPECT_TRUE(exporter_.publish(totals_));
    return exporter_.collect(scraper);
  }
  std::optional<double> cpu_of(std::string_view name, std::string_view scraper = "p") {
    return counter(scrape(scraper), kFunctionCpu, {{"function", std::string(name)}});
  }

  testing::ManualClock clock_;
  ledger::Totals totals_;
  MetricsExporter exporter_;
};

TEST_F(MetricsExporterTest, ShowsTheNodeFromTheStart) {
  totals_.cpu.add(ledger::Activity::kCreate, ledger::Evidence::kDirect, 1'500'000'000);
  totals_.idle = 2'000'000'000;
  totals_.cpus = 4;
  totals_.residual = -1'000'000;
  totals_.overhead_bytes = 4096;
  auto families = scrape();
  EXPECT_EQ(counter(families, "faastax_cpu_seconds_total", {{"activity", "create"}, {"evidence", "direct"}}),
            0);
  EXPECT_EQ(counter(families, "faastax_cpu_seconds_total", {{"activity", "other"}, {"evidence", "inferred"}}),
            0);
  EXPECT_EQ(find(families, "faastax_online_cpus")->gauge.value, 4);
  EXPECT_EQ(find(families, "faastax_residual_cpu_seconds")->gauge.value, -0.001);
  EXPECT_EQ(find(families, "faastax_memory_bytes", {{"state", "overhead"}})->gauge.value, 4096);
  EXPECT_EQ(find(families, "faastax_agent_info", {{"kernel", "6.18.44"}})->gauge.value, 1);
  families = scrape();
  EXPECT_EQ(counter(families, "faastax_cpu_seconds_total", {{"activity", "create"}, {"evidence", "direct"}}),
            1.5);
  EXPECT_EQ(counter(families, "faastax_idle_cpu_seconds_total"), 2);
  clock_.now += std::chrono::hours(5);
  EXPECT_EQ(counter(scrape(), "faastax_idle_cpu_seconds_total"), 2) << "never withdrawn";
}

TEST_F(MetricsExporterTest, ANewFunctionIsZeroForOneScrape) {
  scrape();
  testing::handle(totals_.functions[function("f")], 3);
  EXPECT_EQ(cpu_of("f"), 0);
  EXPECT_EQ(cpu_of("f"), 3);
  EXPECT_EQ(cpu_of("f", "other"), 0);
  EXPECT_EQ(cpu_of("f", "other"), 3);
}

TEST_F(MetricsExporterTest, AWithdrawnFunctionGoesOn) {
  testing::handle(totals_.functions[function("f")], 100);
  cpu_of("f");
  EXPECT_EQ(cpu_of("f"), 100);
  clock_.now += minutes(15);
  EXPECT_EQ(cpu_of("f"), std::nullopt);
  testing::handle(totals_.functions[function("f")], 40);
  EXPECT_EQ(cpu_of("f"), 100);
  EXPECT_EQ(cpu_of("f"), 140);
}

TEST_F(MetricsExporterTest, AFunctionThatLeavesTheLedgerAndComesBackGoesOn) {
  testing::handle(totals_.functions[function("f")], 100);
  cpu_of("f");
  totals_.functions.clear();
  EXPECT_EQ(cpu_of("f"), 100);
  testing::handle(totals_.functions[function("f")], 40);
  EXPECT_EQ(cpu_of("f"), 140);
}

TEST_F(MetricsExporterTest, AHistogramAppearsEmptyAndAsOne) {
  auto& f = totals_.functions[function("f")];
  f.request_seconds.add(0.25);
  f.request_seconds.add(120);
  auto histogram = find(scrape(), "faastax_request_seconds")->histogram;
  EXPECT_EQ(histogram.sample_count, 0U);
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 0U);
  histogram = find(scrape(), "faastax_request_seconds")->histogram;
  EXPECT_EQ(histogram.sample_count, 2U);
  EXPECT_EQ(histogram.sample_sum, 120.25);
  ASSERT_EQ(histogram.bucket.size(), 15U);
  EXPECT_EQ(histogram.bucket.front().upper_bound, 0.001);
  EXPECT_EQ(histogram.bucket[6].cumulative_count, 0U);
  EXPECT_EQ(histogram.bucket[7].cumulative_count, 1U) << "at most 0.25 s";
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 1U);
  EXPECT_EQ(find(scrape(), "faastax_cold_start_seconds"), std::nullopt);
}

TEST_F(MetricsExporterTest, LiveInstancesAreTrueAtOnceAndStayWhileTheyLive) {
  const testing::Labels idle = {{"function", "f"}, {"state", "idle"}};
  auto& instances = totals_.functions[function("f")].instances;
  instances[index_of(ledger::InstanceState::kIdle)] = 2;
  EXPECT_EQ(find(scrape(), "faastax_instances", idle)->gauge.value, 2);
  clock_.now += minutes(60);
  EXPECT_EQ(find(scrape(), "faastax_instances", idle)->gauge.value, 2);
  instances = {};
  EXPECT_EQ(find(scrape(), "faastax_instances", idle)->gauge.value, 0);
  clock_.now += minutes(15);
  EXPECT_EQ(find(scrape(), "faastax_instances", idle), std::nullopt);
}

TEST_F(MetricsExporterTest, StealNeverGoesBack) {
  totals_.steal = 5'000'000'000;
  scrape();
  EXPECT_EQ(counter(scrape(), "faastax_steal_cpu_seconds_total"), 5);
  totals_.steal -= 1000;
  EXPECT_EQ(counter(scrape(), "faastax_steal_cpu_seconds_total"), 5);
  totals_.steal += 1'000'001'000;
  EXPECT_EQ(counter(scrape(), "faastax_steal_cpu_seconds_total"), 6);
}

TEST_F(MetricsExporterTest, LossesAreByKind) {
  exporter_.publish(totals_, {.edges = 0, .losses = {{"ring_full", 7}}});
  exporter_.collect("p");
  EXPECT_EQ(counter(exporter_.collect("p"), "faastax_agent_lost_total", {{"kind", "ring_full"}}), 7);
}

TEST_F(MetricsExporterTest, WhatWasLostInALifeBeforeIsNoGrowth) {
  const auto lost = [&] {
    return counter(exporter_.collect("p"), "faastax_agent_lost_total", {{"kind", "records"}});
  };
  exporter_.publish(totals_);
  EXPECT_EQ(lost(), std::nullopt) << "not known yet";
  const Intake intake{.losses = {{"records", 12}}, .lost_before = {{"records", 10}}};
  exporter_.publish(totals_, intake);
  EXPECT_EQ(lost(), 10) << "as the last scrape of the life before";
  exporter_.publish(totals_, intake);
  EXPECT_EQ(lost(), 12);
}

TEST_F(MetricsExporterTest, DeliveryIsThereWithACollectorAlone) {
  exporter_.publish(totals_);
  EXPECT_EQ(find(exporter_.collect("p"), "faastax_agent_collector_up"), std::nullopt);
  exporter_.publish(totals_, {.delivery = Delivery{5, 1, 3, 4096, true}});
  exporter_.collect("p");
  const auto families = exporter_.collect("p");
  EXPECT_EQ(find(families, "faastax_agent_collector_up")->gauge.value, 1);
  EXPECT_EQ(find(families, "faastax_agent_spool_records")->gauge.value, 3);
  EXPECT_EQ(find(families, "faastax_agent_spool_bytes")->gauge.value, 4096);
  EXPECT_EQ(counter(families, "faastax_agent_records_total", {{"outcome", "stored"}}), 5);
  EXPECT_EQ(counter(families, "faastax_agent_records_total", {{"outcome", "refused"}}), 1);
}

TEST_F(MetricsExporterTest, NamesThatBecomeTheSameLabelAreSummed) {
  const std::string long_name(200, 'x');
  testing::handle(totals_.functions[function(long_name + "1")], 1);
  testing::handle(totals_.functions[function(long_name + "2")], 2);
  cpu_of(std::string(128, 'x'));
  EXPECT_EQ(cpu_of(std::string(128, 'x')), 3);
}

class LimitedExporterTest : public MetricsExporterTest {
 protected:
  LimitedExporterTest() : MetricsExporterTest({.functions = 2, .components = 1, .remembered = 1}) {}

  double lost(std::string_view kind) {
    return *counter(exporter_.collect("p"), "faastax_agent_lost_total", {{"kind", std::string(kind)}});
  }
};

TEST_F(LimitedExporterTest, WhatHasNoPlaceIsSummedAndCounted) {
  for (const auto* name : {"a", "b", "c", "d"}) testing::handle(totals_.functions[function(name)], 1);
  totals_.functions[function("d")].instances[0] = 3;
  cpu_of("a");
  EXPECT_EQ(cpu_of("b"), 1);
  EXPECT_EQ(cpu_of("c"), std::nullopt);
  EXPECT_EQ(cpu_of("_overflow"), 2);
  EXPECT_EQ(find(scrape(), "faastax_instances", {{"function", "_overflow"}})->gauge.value, 3);
  EXPECT_EQ(lost("function_series"), 2);
}

TEST_F(LimitedExporterTest, APlaceFoundLaterCountsFromThenOn) {
  for (const auto* name : {"a", "b", "c"}) testing::handle(totals_.functions[function(name)], 1);
  totals_.functions[function("c")].instances[0] = 1;
  scrape();
  scrape();
  clock_.now += minutes(15);
  exporter_.collect("p");
  testing::handle(totals_.functions[function("c")], 5);
  EXPECT_EQ(cpu_of("c"), 0);
  auto families = scrape();
  EXPECT_EQ(counter(families, kFunctionCpu, {{"function", "c"}}), 5);
  EXPECT_EQ(find(families, "faastax_instances", {{"function", "c"}})->gauge.value, 1);
  EXPECT_EQ(find(families, "faastax_instances", {{"function", "_overflow"}})->gauge.value, 0);
}

TEST_F(LimitedExporterTest, AForgottenFunctionBeginsAtZero) {
  for (const auto* name : {"a", "b"}) {
    testing::handle(totals_.functions[function(name)], 100);
    cpu_of(name);
    cpu_of(name);
    clock_.now += minutes(15);
    scrape();
  }
  testing::handle(totals_.functions[function("a")], 40);
  testing::handle(totals_.functions[function("b")], 40);
  EXPECT_EQ(cpu_of("a"), 0);
  EXPECT_EQ(cpu_of("a"), 40) << "not 140, which would count the first 100 twice";
  EXPECT_EQ(cpu_of("b"), 140);
}

TEST_F(LimitedExporterTest, ComponentsOverflowToo) {
  for (const auto* name : {"runc", "crun"}) {
    totals_.components[name].add(ledger::Activity::kCreate, ledger::Evidence::kDirect, 1'000'000'000);
  }
  scrape();
  EXPECT_EQ(counter(scrape(), "faastax_component_cpu_seconds_total", {{"component", "_overflow"}}), 1);
  EXPECT_EQ(lost("component_series"), 1);
}

TEST(MetricsExporterThreads, ScrapesAndPublishingDoNotDisturbEachOther) {
  MetricsExporter exporter({"0.1.0", "", "v2", "none"});
  std::atomic<bool> done = false;
  std::vector<std::jthread> scrapers;
  for (const auto* id : {"a", "b", "c"}) {
    scrapers.emplace_back([&exporter, &done, id] {
      double last = 0;
      while (!done) {
        const auto now = counter(exporter.collect(id), kFunctionCpu, {{"function", "f"}}).value_or(0);
        EXPECT_GE(now, last);
        last = now;
      }
    });
  }
  ledger::Totals totals;
  for (int i = 0; i < 2000; ++i) {
    testing::handle(totals.functions[function("f")], 1);
    exporter.publish(totals);
  }
  done = true;
  scrapers.clear();
  EXPECT_TRUE(exporter.publish(totals));
  exporter.collect("a");
  EXPECT_EQ(counter(exporter.collect("a"), kFunctionCpu, {{"function", "f"}}), 2000);
}

TEST(MetricsDocument, IsTheOneInTheTree) {
  std::ifstream file(FAASTAX_METRICS_DOC);
  ASSERT_TRUE(file) << FAASTAX_METRICS_DOC;
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), metrics_document()) << "run faastax-metrics-doc > docs/metrics.md";
}

}  // namespace
}  // namespace faastax::exporting
