// SPDX-License-Identifier: Apache-2.0
#include "cli/report/division.hpp"

#include <gtest/gtest.h>

#include "ledger/testdata/sample_report.hpp"

namespace faastax::cli::report {
namespace {

using ledger::Activity;
using ledger::kActivities;

/// The sample's functions do not add up to less than its node: make them.
Document sample() {
  Document document{.report = ledger::testdata::sample_report()};
  ledger::Report& report = document.report;
  for (auto& function : report.functions) {
    for (double& seconds : function.cpu_seconds) seconds /= 4;
    function.inferred_seconds /= 4;
  }
  return document;
}

const Row& row_named(const Division& division, const std::string& name) {
  for (const Row& row : division.rows) {
    if (row.name == name) return row;
  }
  static const Row kNone;
  ADD_FAILURE() << "no row " << name;
  return kNone;
}

TEST(Division, EachAddsUpToTheNode) {
  Document document = sample();
  document.policies = {{Row{.name = "async", .cpu_seconds = {0.5}, .inferred_seconds = 0.1}}};
  for (const Dimension by : {Dimension::kFunction, Dimension::kTrack, Dimension::kPolicy, Dimension::kNode,
                             Dimension::kComponent}) {
    const auto division = divide(document, by);
    ASSERT_TRUE(division) << name_of(by) << ": " << division.error();
    const Row total = total_of(*division);
    double inferred = 0;
    for (std::size_t i = 0; i < kActivities; ++i) {
      EXPECT_NEAR(total.cpu_seconds[i], document.report.by_activity[i].seconds, 1e-9)
          << name_of(by) << " " << ledger::kActivityNames[i];
      inferred += document.report.by_activity[i].inferred_seconds;
    }
    EXPECT_NEAR(total.inferred_seconds, inferred, 1e-9) << name_of(by);
  }
}

TEST(Division, FunctionsOfSeveralTracksAreOneRow) {
  Document document = sample();
  auto twin = document.report.functions[0];
  twin.track = ledger::Track::kEmergency;
  document.report.functions.push_back(twin);
  const auto by_function = divide(document, Dimension::kFunction);
  const Row& row = row_named(*by_function, "checkout");
  EXPECT_EQ(row.started, 18u);
  EXPECT_EQ(row.requests, 800u);
  EXPECT_DOUBLE_EQ(cpu_total(row), 2 * (2.8 + 1.3 + 2.25 + 0.04 + 1.1 + 0.2 + 0.3) / 4);
  EXPECT_DOUBLE_EQ((*row.memory_byte_seconds)[1], 8e9);
  EXPECT_TRUE(by_function->rows.back().rest);
  const auto by_track = divide(document, Dimension::kTrack);
  EXPECT_EQ(row_named(*by_track, "emergency").started, 12u);
}

TEST(Division, RequestsThatCannotBeSeenStayUnknown) {
  const auto division = divide(sample(), Dimension::kFunction);
  EXPECT_FALSE(row_named(*division, "9f86d081884c").requests.has_value());
}

TEST(Division, RowsAreInOrderAndTheRestIsLast) {
  for (const Dimension by : {Dimension::kFunction, Dimension::kComponent}) {
    const auto division = divide(sample(), by);
    for (std::size_t i = 1; i + 1 < division->rows.size(); ++i)
      EXPECT_GE(cpu_total(division->rows[i - 1]), cpu_total(division->rows[i]));
    for (const Row& row : division->rows) EXPECT_EQ(row.rest, &row == &division->rows.back());
  }
}

TEST(Division, APolicyThatNobodyNamedIsAnError) {
  EXPECT_FALSE(divide(sample(), Dimension::kPolicy).has_value());
}

TEST(Division, NodesAreTheSourcesOrThisOne) {
  Document document = sample();
  EXPECT_EQ(divide(document, Dimension::kNode)->rows[0].name, "worker-1");
  document.nodes = {{Row{.name = "a"}, Row{.name = "b", .cpu_seconds = {1}}}};
  const auto division = divide(document, Dimension::kNode);
  ASSERT_EQ(division->rows.size(), 2u);
  EXPECT_EQ(division->rows[0].name, "b");
}

TEST(Division, ChurnRatioIsAbsentWithoutHandling) {
  EXPECT_FALSE(churn_ratio(Row{.cpu_seconds = {1}}).has_value());
  EXPECT_DOUBLE_EQ(churn_ratio(Row{.cpu_seconds = {1, 2, 4, 8, 16}}).value(), 19.0 / 4);
}

}  // namespace
}  // namespace faastax::cli::report
