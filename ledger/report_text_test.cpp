// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <string>

#include "ledger/report_text_layout.hpp"
#include "ledger/testdata/golden.hpp"
#include "ledger/testdata/sample_report.hpp"

namespace faastax::ledger {
namespace {

using testdata::empty_report;
using testdata::sample_report;
using ::testing::HasSubstr;
using ::testing::Not;

/// The sample with every name as long and as odd as can be, and every number large.
Report odd_report() {
  Report report = sample_report();
  const std::string odd = "\xe5\x87\xbd\xe6\x95\xb0-\x1b[31m\xff-" + std::string(300, 'x');
  report.node.name = report.node.kernel = report.node.cgroup = report.window_start = odd;
  report.node.runtime_versions["runc" + odd] = odd;
  for (auto& of : report.by_component) of.component = odd;
  for (auto& of : report.functions) of.space = of.function = odd;
  for (auto& of : *report.instances) of.sandbox = of.function = of.kind = of.ended = odd;
  for (auto& of : report.programs) of.name = odd;
  report.started = report.lost_events = report.requests_completed = std::numeric_limits<std::uint64_t>::max();
  report.wall_cpu_seconds = report.busy_seconds = 1e13;
  report.functions[0].cpu_seconds[0] = 1e12;
  report.by_activity[0].cycles = 1e30;
  return report;
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, text::columns_of(line));
  return widest;
}

TEST(ReportText, MatchesItsGoldens) {
  const auto report = sample_report();
  testdata::expect_golden("report_full.txt", to_text(report, {.width = 120, .instances = true}));
  testdata::expect_golden("report_80.txt", to_text(report, {.width = 80}));
  testdata::expect_golden("report_40.txt", to_text(report, {.width = 40, .instances = true}));
  testdata::expect_golden("report_color.txt", to_text(report, {.color = true}));
  testdata::expect_golden("report_empty.txt", to_text(empty_report(), {.instances = true}));
}

TEST(ReportText, NeverOverflowsItsWidth) {
  for (const auto& report : {sample_report(), odd_report(), empty_report()}) {
    for (unsigned width = 20; width <= 200; ++width) {
      const auto text = to_text(report, {.width = width, .instances = true});
      ASSERT_LE(widest_line(text), width) << text;
    }
  }
  EXPECT_LE(widest_line(to_text(odd_report(), {.width = 0})), 20U);
}

TEST(ReportText, NamesCannotReachTheTerminal) {
  const auto text = to_text(odd_report(), {.width = 200, .instances = true});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST(ReportText, TheBalanceIsWholeAtAnyWidth) {
  for (const unsigned width : {20U, 40U, 80U}) {
    const auto text = to_text(sample_report(), {.width = width});
    for (const auto* part : {"24.600", "10.200", "14.100", "0.250", "0.050", "residual"}) {
      EXPECT_THAT(text, HasSubstr(part)) << width;
    }
  }
}

TEST(ReportText, LossIsLoudAndItsAbsenceStated) {
  EXPECT_THAT(to_text(sample_report(), {}), HasSubstr("!!! LOST 7 events and 1 record:"));
  Report records = empty_report();
  records.lost_records = 2;
  EXPECT_THAT(to_text(records, {}), HasSubstr("the recording is incomplete"));
  const auto quiet = to_text(empty_report(), {});
  EXPECT_THAT(quiet, Not(HasSubstr("LOST")));
  EXPECT_THAT(quiet, HasSubstr("Lost       nothing"));
}

TEST(ReportText, ALargeOrNegativeResidualIsPointedOut) {
  Report report = sample_report();
  EXPECT_THAT(to_text(report, {}), Not(HasSubstr("do not balance")));
  report.residual_seconds = -0.5;
  const auto text = to_text(report, {});
  EXPECT_THAT(text, HasSubstr("- 0.500 residual"));
  EXPECT_THAT(text, HasSubstr("2.0% of wall time: the books do not balance"));
}

TEST(ReportText, ListsInstancesOnlyWhenAsked) {
  EXPECT_THAT(to_text(sample_report(), {}), Not(HasSubstr("3e25960a79db")));
  EXPECT_THAT(to_text(sample_report(), {.instances = true}), HasSubstr("3e25960a79db"));
}

TEST(ReportText, SumsUpTheComponentsThatItDoesNotList) {
  Report report = empty_report();
  for (int i = 0; i < 20; ++i) {
    report.by_component.push_back({"c" + std::to_string(i), Activity::kManage, 1, 0});
  }
  EXPECT_THAT(to_text(report, {}), testing::ContainsRegex("\\(8 more\\) +8.000 s"));
}

TEST(ReportText, ColorChangesNothingElse) {
  auto text = to_text(sample_report(), {.color = true});
  for (const std::string escape : {"\x1b[1;31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"}) {
    EXPECT_THAT(text, HasSubstr(escape));
    for (auto at = text.find(escape); at != std::string::npos; at = text.find(escape)) {
      text.erase(at, escape.size());
    }
  }
  EXPECT_EQ(text, to_text(sample_report(), {}));
}

TEST(TextLayout, DurationsKeepFourDigitsInTheUnitThatFits) {
  EXPECT_EQ(text::duration(0), "0 s");
  EXPECT_EQ(text::duration(3.2), "3.200 s");
  EXPECT_EQ(text::duration(0.2134567), "213.5 ms");
  EXPECT_EQ(text::duration(0.99996), "1.000 s");
  EXPECT_EQ(text::duration(0.0000412), "41.20 us");
  EXPECT_EQ(text::duration(2e-10), "0.200 ns");
  EXPECT_EQ(text::duration(123456.7), "123457 s");
  EXPECT_EQ(text::duration(-0.05), "-50.00 ms");
  EXPECT_EQ(text::duration(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(TextLayout, SizesAndShares) {
  EXPECT_EQ(text::bytes(0), "0 B");
  EXPECT_EQ(text::bytes(26'214'400), "25.0 MiB");
  EXPECT_EQ(text::metric(8.1e9), "8.10 G");
  EXPECT_EQ(text::percent(1, 3), "33.3%");
  EXPECT_EQ(text::percent(1, 0), "-");
}

TEST(TextLayout, CutsAtCodePointsAndCountsWideOnes) {
  EXPECT_EQ(text::cut("abcdef", 6), "abcdef");
  EXPECT_EQ(text::cut("abcdef", 4), "abc~");
  EXPECT_EQ(text::cut("\xe5\x87\xbd\xe6\x95\xb0", 4), "\xe5\x87\xbd\xe6\x95\xb0");
  EXPECT_EQ(text::cut("\xe5\x87\xbd\xe6\x95\xb0", 3), "\xe5\x87\xbd~");
  EXPECT_EQ(text::cut("abc", 0), "");
}

TEST(TextLayout, CleanLeavesNoControlCharactersAndOnlyUtf8) {
  EXPECT_EQ(text::clean("a\tb\x1b[0m\x7f"), "a?b?[0m?");
  EXPECT_EQ(text::clean("b\xc3\xbc"), "b\xc3\xbc");
  EXPECT_EQ(text::clean("\xc3"), "?");
  EXPECT_EQ(text::clean("\xc0\xaf\xed\xa0\x80"), "?????");
  EXPECT_EQ(text::clean("\xc2\x9b"
                        "31m"),
            "?31m");
  EXPECT_EQ(text::clean("\xe2\x80\xae"
                        "abc"),
            "?abc");
}

}  // namespace
}  // namespace faastax::ledger
