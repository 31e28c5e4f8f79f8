// SPDX-License-Identifier: Apache-2.0
#include "cli/html/chart.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace faastax::cli::html {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Mark {
  double x, y, width, height;
};

std::vector<Mark> marks_of(const std::string& svg) {
  static const std::regex kMark(
      R"re(<rect class="mark [a-z]+" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)">)re");
  std::vector<Mark> marks;
  for (std::sregex_iterator i(svg.begin(), svg.end(), kMark); i != std::sregex_iterator(); ++i) {
    marks.push_back({std::stod((*i)[1]), std::stod((*i)[2]), std::stod((*i)[3]), std::stod((*i)[4])});
  }
  return marks;
}

Chart chart_of(std::vector<Stack> stacks) {
  return {.id = "c",
          .title = "T",
          .about = "A",
          .series = {{"one", "create"}, {"two", "handle"}},
          .stacks = std::move(stacks),
          .heading = "h",
          .show = [](double value) { return fmt::format("{}", value); },
          .wide = false};
}

TEST(Chart, ColumnsStandOnEachOtherInProportion) {
  const auto marks = marks_of(columns(chart_of({{"a", {1, 3}}, {"b", {0, 2}}})));
  ASSERT_EQ(marks.size(), 3u) << "nothing is drawn of nothing";
  EXPECT_NEAR(marks[1].height, 3 * marks[0].height, 0.02);
  EXPECT_NEAR(marks[2].height, 2 * marks[0].height, 0.02);
  EXPECT_NEAR(marks[1].y + marks[1].height, marks[0].y, 0.02);
  EXPECT_NEAR(marks[0].y + marks[0].height, marks[2].y + marks[2].height, 0.02);
  EXPECT_GT(marks[2].x, marks[0].x);
}

TEST(Chart, BarsFollowEachOtherInProportion) {
  const auto marks = marks_of(bars(chart_of({{"a", {1, 3}, "4"}, {"b", {2, 0}, "2"}})));
  ASSERT_EQ(marks.size(), 3u);
  EXPECT_NEAR(marks[1].x, marks[0].width, 0.02);
  EXPECT_NEAR(marks[1].width, 3 * marks[0].width, 0.02);
  EXPECT_NEAR(marks[2].width, 2 * marks[0].width, 0.02);
  EXPECT_GT(marks[2].y, marks[0].y);
}

TEST(Chart, SaysWhatItShowsAndHasTheFiguresBeside) {
  const std::string svg = bars(chart_of({{"<a>", {1, 3}, "4"}}));
  EXPECT_THAT(svg, HasSubstr("aria-labelledby=\"c-title c-about\""));
  EXPECT_THAT(svg, HasSubstr("<title id=\"c-title\">T</title>"));
  EXPECT_THAT(svg, HasSubstr("<desc id=\"c-about\">A</desc>"));
  EXPECT_THAT(svg, HasSubstr("<th scope=\"row\">&lt;a&gt;</th><td>1</td><td>3</td>"));
  EXPECT_THAT(svg, HasSubstr("<title>&lt;a&gt;: one 1</title>"));
}

TEST(Chart, NothingAndOneColumnAreDrawable) {
  EXPECT_TRUE(marks_of(columns(chart_of({}))).empty());
  EXPECT_THAT(columns(chart_of({})), Not(HasSubstr("nan")));
  EXPECT_EQ(marks_of(columns(chart_of({{"a", {1, 0}}}))).size(), 1u);
}

TEST(Chart, LongLabelsAreCutBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 40; ++i) name += "ü";
  const std::string svg = bars(chart_of({{name, {1, 1}, ""}}));
  EXPECT_THAT(svg, HasSubstr("ü…</text>"));
}

TEST(Chart, TicksAreRound) {
  EXPECT_DOUBLE_EQ(tick_of(10), 5);
  EXPECT_DOUBLE_EQ(tick_of(9), 2);
  EXPECT_DOUBLE_EQ(tick_of(2), 1);
  EXPECT_DOUBLE_EQ(tick_of(0.5), 0.2);
  EXPECT_DOUBLE_EQ(tick_of(0), 1);
  for (double most = 1e-6; most < 1e12; most *= 1.37) {
    EXPECT_GE(most / tick_of(most), 2 - 1e-9) << most;
    EXPECT_LE(most / tick_of(most), 5 + 1e-9) << most;
  }
}

}  // namespace
}  // namespace faastax::cli::html
