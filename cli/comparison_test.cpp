// SPDX-License-Identifier: Apache-2.0
#include "cli/comparison.hpp"
#include "cli/comparison_html.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/base/testing_folder.hpp"
namespace faastax::cli {
namespace {

using ledger::Activity;

PolicyRun example(const std::string& policy, std::uint64_t seed, double slowdown) {
  PolicyRun run{policy, seed, {}, {}};
  run.result.slowdown = slowdown;
  run.result.seconds = 10;
  run.result.instances_started = 20;
  run.result.emergency_instances = 5;
  auto set = [&run](Activity activity, double seconds) {
    run.report.by_activity[static_cast<std::size_t>(activity)].seconds = seconds;
  };
  set(Activity::kHandle, 8);
  set(Activity::kInit, 2);
  set(Activity::kCreate, 3);
  set(Activity::kTeardown, 1);
  ledger::FunctionReport function;
  function.track = ledger::Track::kEmergency;
  function.cpu_seconds[static_cast<std::size_t>(Activity::kCreate)] = 0.5;
  run.report.functions.push_back(function);
  return run;
}

TEST(PolicyFigures, ArePartsOfTheUsersTime) {
  const PolicyRun run = example("dual:60s", 1, 2);
  const PolicyFigures figures = figures_of(run.result, run.report);
  EXPECT_DOUBLE_EQ(*figures.create, 0.3);
  EXPECT_DOUBLE_EQ(*figures.teardown, 0.1);
  EXPECT_DOUBLE_EQ(*figures.emergency_churn, 0.05);
  EXPECT_DOUBLE_EQ(*figures.regular_churn, 0);
  EXPECT_DOUBLE_EQ(*figures.creations_per_second, 2);
  EXPECT_DOUBLE_EQ(*figures.emergency_share, 0.25);
}

TEST(PolicyFigures, AreAbsentWithoutADenominator) {
  const PolicyFigures figures = figures_of({}, {});
  EXPECT_FALSE(figures.create);
  EXPECT_FALSE(figures.emergency_share);
  EXPECT_FALSE(figures.creations_per_second);
}

TEST(Comparison, OneLineAPolicyWithTheMeanOverSeeds) {
  const Comparison comparison{{},
                              {example("sync:60s", 1, 4), example("dual", 1, 2), example("sync:60s", 2, 6)}};
  const std::string text = to_text(comparison);
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
  EXPECT_NE(text.find("5.00 ±12.71"), text.npos) << text;
  EXPECT_NE(text.find("dual             -          2.00  "), text.npos) << text;
}

TEST(Comparison, SaysHowManyRequestsFailed) {
  PolicyRun run = example("dual", 1, 2);
  run.result.sent = 40;
  run.result.failed = 3;
  const std::string text = to_text({{}, {run}});
  EXPECT_NE(text.find("failed %"), text.npos) << text;
  EXPECT_NE(text.find("7.50"), text.npos) << text;
}

TEST(Comparison, KnowsBeforeTheRunsThatItsFileCannotBeWritten) {
  const base::TemporaryFolder made;
  const auto folder = made.path();
  EXPECT_FALSE(check_writable(folder / "no-such-folder" / "comparison.json"));
  EXPECT_FALSE(check_writable(folder));
  const auto file = folder / "writable";
  std::ofstream(file) << "before";
  EXPECT_TRUE(check_writable(file));
  EXPECT_EQ(std::filesystem::file_size(file), 6u);
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".new"));
}

TEST(Comparison, OnePageWithABarForEachPolicyInEachChart) {
  const Comparison comparison{{{"trace", "a<b"}},
                              {example("sync:60s", 1, 4), example("dual", 1, 2), example("sync:60s", 2, 6)}};
  const std::string page = to_html(comparison);
  const auto slowdown = page.find("<p>slowdown</p>");
  ASSERT_NE(slowdown, page.npos);
  const std::string chart = page.substr(slowdown, page.find("</section>", slowdown) - slowdown);
  // 5 ± 12.71 takes all the width, 2 its part.
  EXPECT_NE(chart.find("width=\"62.1\""), chart.npos) << chart;
  EXPECT_NE(chart.find("width=\"24.8\""), chart.npos) << chart;
  EXPECT_NE(chart.find(">5.00 ±12.71</text>"), chart.npos) << chart;
  EXPECT_NE(page.find("a&lt;b"), page.npos);
  for (const char* foreign : {"http", "<script", "url("}) EXPECT_EQ(page.find(foreign), page.npos) << foreign;
}

TEST(Comparison, GoesOnFromItsFile) {
  const base::TemporaryFolder folder;
  const auto file = folder.path() / "comparison.json";
  const Comparison comparison{{{"speedup", 2}}, {example("sync:60s", 1, 4)}};
  ASSERT_TRUE(save(comparison, file));
  const auto runs = load_runs(file, comparison.setup);
  ASSERT_TRUE(runs) << runs.error();
  const Comparison again{comparison.setup, *runs};
  EXPECT_TRUE(again.has("sync:60s", 1));
  EXPECT_FALSE(again.has("sync:60s", 2));
  EXPECT_EQ(to_json(again), to_json(comparison));
  EXPECT_FALSE(load_runs(file, {{"speedup", 3}}));
  std::ofstream(file) << "{";
  EXPECT_FALSE(load_runs(file, comparison.setup));
  std::filesystem::remove(file);
  EXPECT_TRUE(load_runs(file, comparison.setup)->empty());
}

}  // namespace
}  // namespace faastax::cli
