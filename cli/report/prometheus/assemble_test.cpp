// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/assemble.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "cli/report/division.hpp"

namespace faastax::cli::prometheus {
namespace {

using Labels = std::map<std::string, std::string>;

Labels cell(const std::string& node, const std::string& activity, const std::string& evidence) {
  return {{"instance", node}, {"activity", activity}, {"evidence", evidence}};
}

Answers two_nodes() {
  Answers answers;
  answers.cpu = {{cell("a:1", "create", "direct"), 1},
                 {cell("a:1", "create", "inferred"), 0.5},
                 {cell("a:1", "handle", "direct"), 4},
                 {cell("b:1", "handle", "direct"), 2},
                 {cell("b:1", "later", "direct"), 9}};
  answers.idle = {{{{"instance", "a:1"}}, 10}, {{{"instance", "b:1"}}, 20}};
  answers.steal = {{{{"instance", "a:1"}}, 0.25}};
  answers.reserved = {{{}, 5e9}};
  answers.unsettled = {{{{"instance", "a:1"}}, 0.125}};
  answers.residual = {{{{"instance", "a:1"}}, -0.5}};
  answers.cpus = {{{{"instance", "a:1"}}, 2}, {{{"instance", "b:1"}}, 4}};
  answers.components = {{{{"component", "runc"}, {"activity", "create"}, {"evidence", "direct"}}, 1}};
  const Labels shop = {{"namespace", "lab"}, {"function", "shop"}, {"track", "regular"}};
  Labels handled = shop;
  handled.insert({{"activity", "handle"}, {"evidence", "direct"}});
  answers.functions = {{handled, 6}};
  answers.starts = {{shop, 3}};
  Labels completed = shop;
  completed["outcome"] = "completed";
  answers.requests = {{completed, 12}};
  answers.cold_start_buckets = {{{{"le", "0.1"}}, 2}, {{{"le", "+Inf"}}, 3}};
  answers.info = {{{{"kernel", "6.1"}, {"cgroup", "v2"}}, 1}, {{{"kernel", "6.12"}, {"cgroup", "v2"}}, 1}};
  answers.cpu_course = {{{{"activity", "create"}}, {{110, 1}, {120, 0.5}, {990, 7}}}};
  answers.requests_course = {{{}, {{120, 12}}}};
  return answers;
}

TEST(Assemble, NodesAddUpToTheReport) {
  const auto document = assemble(two_nodes(), {.start = 100, .end = 120, .step = 10});
  const ledger::Report& report = document.report;
  EXPECT_DOUBLE_EQ(report.by_activity[0].seconds, 1.5);
  EXPECT_DOUBLE_EQ(report.by_activity[0].inferred_seconds, 0.5);
  EXPECT_DOUBLE_EQ(report.by_activity[2].seconds, 6);
  EXPECT_DOUBLE_EQ(report.busy_seconds, 7.625);
  EXPECT_DOUBLE_EQ(report.reserved_byte_seconds, 5e9) << "the query integrates";
  EXPECT_DOUBLE_EQ(report.wall_cpu_seconds, 7.625 + 30 + 0.25 - 0.5);
  EXPECT_EQ(report.node.cpus, 6u);
  EXPECT_EQ(report.node.name, "2 nodes");
  EXPECT_EQ(report.node.kernel, "2 different");
  EXPECT_EQ(report.node.cgroup, "v2");
  const auto nodes = report::divide(document, report::Dimension::kNode);
  ASSERT_EQ(nodes->rows.size(), 2u);
  EXPECT_EQ(nodes->rows[0].name, "a:1");
  EXPECT_DOUBLE_EQ(report::cpu_total(nodes->rows[0]), 5.5);
}

TEST(Assemble, FunctionsAndCounts) {
  const auto report = assemble(two_nodes(), {.start = 100, .end = 120, .step = 10}).report;
  ASSERT_EQ(report.functions.size(), 1u);
  EXPECT_EQ(report.functions[0].function, "shop");
  EXPECT_EQ(report.functions[0].requests.completed, 12u);
  EXPECT_EQ(report.functions[0].started, 3u);
  EXPECT_DOUBLE_EQ(report.functions[0].churn_ratio.value(), 0);
  EXPECT_EQ(report.started, 3u);
  EXPECT_EQ(report.requests_completed, 12u);
  ASSERT_EQ(report.cold_start_buckets.size(), 2u);
  EXPECT_DOUBLE_EQ(report.cold_start_seconds.p50.value(), 0.075);
  EXPECT_DOUBLE_EQ(report.ratios.overhead.value(), 1.5 / 6);
}

TEST(Assemble, TheCourseStandsInItsStretches) {
  const auto report = assemble(two_nodes(), {.start = 100, .end = 120, .step = 10}).report;
  EXPECT_EQ(report.window_start, "1970-01-01T00:01:40.000Z");
  ASSERT_EQ(report.timeline.size(), 2u);
  EXPECT_DOUBLE_EQ(report.timeline[0].cpu_seconds[0], 1);
  EXPECT_DOUBLE_EQ(report.timeline[1].cpu_seconds[0], 0.5);
  EXPECT_EQ(report.timeline[1].completed, 12u);
  EXPECT_EQ(report.timeline[0].completed, 0u);
}

TEST(Assemble, NodesAreCalledAsTheMonitorsNameThem) {
  Answers answers = two_nodes();
  for (Sample& sample : answers.cpu) sample.labels["node"] = "worker-1";
  const auto document = assemble(answers, {.start = 100, .end = 120, .step = 10});
  EXPECT_EQ(document.report.node.name, "worker-1");
}

TEST(Assemble, NonsenseStaysWithinWhatANumberHolds) {
  Answers answers = two_nodes();
  answers.cpus = {{{}, 1e30}};
  answers.lost = {{{{"kind", "events"}}, 1e30}, {{{"kind", "records"}}, -1e30}};
  answers.cold_start_buckets = {{{{"le", "0.1"}}, 1e30}};
  answers.cpu_course = {{{{"activity", "create"}}, {{1e300, 1}, {-1e300, 1}, {110, 2}}}};
  const auto report = assemble(answers, {.start = 100, .end = 120, .step = 10}).report;
  EXPECT_EQ(report.node.cpus, std::numeric_limits<unsigned>::max());
  EXPECT_EQ(report.lost_events, 1'000'000'000'000'000'000U);
  EXPECT_EQ(report.lost_records, 0U);
  ASSERT_EQ(report.cold_start_buckets.size(), 1U);
  EXPECT_EQ(report.cold_start_buckets[0].count, 1'000'000'000'000'000'000U);
  EXPECT_DOUBLE_EQ(report.timeline[0].cpu_seconds[0], 2);
  EXPECT_DOUBLE_EQ(report.timeline[1].cpu_seconds[0], 0);
}

TEST(Questions, NameOnlyThisWindow) {
  for (const Question& question : questions(std::chrono::milliseconds(1500)))
    EXPECT_EQ(question.expression.find("[1m]"), std::string::npos);
  EXPECT_THAT(growth("x_total", std::chrono::milliseconds(1500)),
              testing::HasSubstr("x_total offset 1500ms"));
}

}  // namespace
}  // namespace faastax::cli::prometheus
