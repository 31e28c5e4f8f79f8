// SPDX-License-Identifier: Apache-2.0
#include "cli/report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/report/page_charts.hpp"
#include "ledger/testdata/sample_report.hpp"

namespace faastax::cli::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

Document drawn_document() { return {.report = ledger::testdata::sample_report()}; }

TEST(Page, HasEachChartOnce) {
  const std::string page = to_html(drawn_document(), divide(drawn_document(), Dimension::kTrack).value());
  for (const char* id : {"cpu-over-time", "memory-over-time", "cold-starts", "scale-ups", "top-functions",
                         "top-components", "activities", "functions", "by"}) {
    EXPECT_EQ(count_of(page, std::string(" id=\"") + id + "\""), 1u) << id;
  }
  EXPECT_THAT(page, HasSubstr("Lost: 7 events and 1 records"));
}

TEST(Page, NeedsNothingFromElsewhere) {
  const std::string page = to_html(drawn_document(), std::nullopt);
  for (const char* word : {"<script", "http", "url(", "@import", "src="})
    EXPECT_THAT(page, Not(HasSubstr(word)));
}

TEST(Page, WithoutATimelineItSaysSoAndDrawsTheSums) {
  Document document = drawn_document();
  document.report.timeline.clear();
  const std::string page = to_html(document, std::nullopt);
  EXPECT_THAT(page, Not(HasSubstr("cpu-over-time")));
  EXPECT_THAT(page, HasSubstr("not their course over time"));
  EXPECT_THAT(page, HasSubstr("id=\"cpu\""));
  EXPECT_THAT(page, HasSubstr("id=\"memory\""));
}

TEST(Page, WhereNothingHappenedNoChartIsEmpty) {
  const std::string page = to_html({.report = ledger::testdata::empty_report()}, std::nullopt);
  EXPECT_THAT(page, HasSubstr("No instance became ready"));
  EXPECT_THAT(page, HasSubstr("No function used CPU"));
  EXPECT_THAT(page, HasSubstr("No control plane told its decisions"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(Page, AColumnShowsCpusInUse) {
  const std::string chart = cpu_over_time(drawn_document().report);
  // 0.8 s of create in the first 6.15 s, 2.4 s in the second
  EXPECT_THAT(chart, HasSubstr("0 s: create 0.13 CPU"));
  EXPECT_THAT(chart, HasSubstr("6 s: create 0.39 CPU"));
}

TEST(Page, LongTimelinesAreDrawnCoarser) {
  ledger::Report report = ledger::testdata::empty_report();
  for (int i = 0; i < 301; ++i) {
    ledger::TimelinePoint point{.start_seconds = static_cast<double>(i), .seconds = 1};
    point.cpu_seconds[0] = 0.5;
    report.timeline.push_back(point);
  }
  const std::string chart = cpu_over_time(report);
  EXPECT_EQ(count_of(chart, "class=\"mark create\""), 101u);
  EXPECT_EQ(count_of(chart, "create 0.50 CPU</title>"), 101u) << "a mean, whatever the stretch";
}

TEST(Page, OfManyScaleUpsTheCostliestAreDrawn) {
  ledger::Report report = ledger::testdata::empty_report();
  auto& ups = report.scaling.emplace().ups;
  for (int i = 0; i < 121; ++i) {
    ledger::ScaleUp& up = ups.emplace_back();
    up.function = "f" + std::to_string(i);
    up.time = "2026-01-01T00:00:00.000Z";
    up.churn_seconds = i + 1;
  }
  const std::string chart = scale_ups(report);
  EXPECT_THAT(chart, HasSubstr("00:00:00 f120:"));
  EXPECT_THAT(chart, Not(HasSubstr("00:00:00 f0:")));
}

TEST(Page, NamesAreText) {
  Document document = drawn_document();
  document.report.functions[0].function = "<img src=x onerror=alert(1)>";
  document.report.by_component[0].component = "\"><b>";
  document.report.node.name = "</title>";
  const std::string page = to_html(document, std::nullopt);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\"><b>")));
  EXPECT_EQ(count_of(page, "</title>"), count_of(page, "<title"));
}

}  // namespace
}  // namespace faastax::cli::report
