// SPDX-License-Identifier: Apache-2.0
#include "cli/top/screen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace faastax::cli::top {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Rates busy() {
  Rates rates;
  rates.cpus_online = 2;
  rates.cpus = {0.5, 0.1, 0.9};
  rates.idle = 0.4;
  rates.steal = 0.1;
  rates.residual = -0.001;
  rates.starts = 3;
  rates.requests = 12.5;
  rates.instances = {1, 2, 3, 0};
  for (int i = 0; i < 30; ++i) {
    rates.components.push_back({"component-" + std::to_string(i), {0.01}});
    rates.functions.push_back(
        {.name = {"lab", "f" + std::to_string(i), ledger::Track::kRegular}, .cpus = {0.02}});
  }
  return rates;
}

TEST(Screen, ShowsTheBalanceAndWhoUsesIt) {
  const std::string text = draw(busy(), {.title = "n1"});
  EXPECT_THAT(text, HasSubstr("2.00 online = 1.500 busy + 0.400 idle + 0.100 steal - 0.001 residual"));
  EXPECT_THAT(text, HasSubstr("create 0.500"));
  EXPECT_THAT(text, HasSubstr("1 starting, 2 idle, 3 busy, 0 stopping; 3.0 started a second"));
  EXPECT_THAT(text, HasSubstr("lab/f29"));
  EXPECT_THAT(text, HasSubstr("component-29"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(draw(busy(), {.color = true, .title = ""}), HasSubstr("\x1b["));
}

TEST(Screen, FitsTheTerminal) {
  for (const std::size_t width : {20u, 40u, 80u, 200u}) {
    for (const std::size_t height : {1u, 5u, 24u, 50u}) {
      const std::string text = draw(busy(), {.width = width, .height = height, .title = "n1"});
      std::istringstream lines(text);
      std::size_t count = 0;
      for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), width);
      EXPECT_LE(count, height);
    }
  }
}

TEST(Screen, BothTablesAreOnAScreenOf24Lines) {
  const std::string text = draw(busy(), {.width = 80, .height = 24, .title = "n1"});
  EXPECT_THAT(text, HasSubstr("lab/f0 "));
  EXPECT_THAT(text, HasSubstr("component-0 "));
}

TEST(Screen, LossesAndNamesOfAttackers) {
  Rates rates = busy();
  rates.lost_events = 5;
  rates.components[0].name = "a\x1b[2Jb";
  const std::string text = draw(rates, {.title = ""});
  EXPECT_THAT(text, HasSubstr("5 events lost"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace faastax::cli::top
