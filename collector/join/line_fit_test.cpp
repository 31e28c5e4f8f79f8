// SPDX-License-Identifier: Apache-2.0
#include "collector/join/line_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace faastax::join {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::vector<FitPoint>& points) {
  const auto fit = fit_line(points);
  return fit ? "" : fit.error();
}

// NIST Statistical Reference Datasets, linear regression, Norris: data and certified values.
const std::vector<FitPoint> kNorris = {
    {0.2, 0.1},     {337.4, 338.8}, {118.2, 118.1}, {884.6, 888.0}, {10.1, 9.2},    {226.5, 228.1},
    {666.3, 668.5}, {996.3, 998.5}, {448.6, 449.1}, {777.0, 778.9}, {558.2, 559.2}, {0.4, 0.3},
    {0.6, 0.1},     {775.5, 778.1}, {666.9, 668.8}, {338.0, 339.3}, {447.5, 448.9}, {11.6, 10.8},
    {556.0, 557.7}, {228.1, 228.3}, {995.8, 998.0}, {887.6, 888.8}, {120.2, 119.6}, {0.3, 0.3},
    {0.3, 0.6},     {556.8, 557.6}, {339.1, 339.3}, {887.2, 888.0}, {999.0, 998.5}, {779.0, 778.9},
    {11.1, 10.2},   {118.3, 117.6}, {229.2, 228.9}, {669.1, 668.4}, {448.9, 449.2}, {0.5, 0.2}};

TEST(LineFit, GivesNistsCertifiedValues) {
  const auto fit = least_squares(kNorris).value();
  EXPECT_EQ(fit.points, 36U);
  EXPECT_NEAR(fit.intercept.value, -0.262323073774029, 1e-12);
  EXPECT_NEAR(fit.slope.value, 1.00211681802045, 1e-13);
  EXPECT_NEAR(fit.intercept_sd, 0.232818234301152, 1e-12);
  EXPECT_NEAR(fit.slope_sd, 0.429796848199937e-03, 1e-15);
  EXPECT_NEAR(fit.residual_sd, 0.884796396144373, 1e-12);
  EXPECT_NEAR(fit.r_squared, 0.999993745883712, 1e-14);
}

// t(0.975; 34) = 2.0322 by any table.
TEST(LineFit, IntervalsAreByStudentsT) {
  const auto fit = least_squares(kNorris).value();
  EXPECT_NEAR((fit.slope.high - fit.slope.low) / 2 / fit.slope_sd, 2.0322, 5e-5);
  EXPECT_NEAR((fit.intercept.high + fit.intercept.low) / 2, fit.intercept.value, 1e-12);
  const std::vector<FitPoint> three = {{0, 0}, {1, 1.5}, {2, 2}};
  const auto small = least_squares(three).value();  // t(0.975; 1) = 12.706
  EXPECT_NEAR((small.slope.high - small.slope.value) / small.slope_sd, 12.7062, 5e-5);
}

std::vector<FitPoint> simulated(std::mt19937_64& random, std::size_t count, double intercept, double slope,
                                double noise) {
  std::poisson_distribution<int> creations(40);
  std::normal_distribution<double> error(0, noise);
  std::vector<FitPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = creations(random) / 10.0;
    points.push_back({x, intercept + slope * x + error(random)});
  }
  return points;
}

// Of 4,000 intervals 95% cover the truth, give or take 0.34% (one standard error).
TEST(LineFit, IntervalsCoverTheTruthAsOftenAsTheySay) {
  std::mt19937_64 random(7);
  int fits = 0;
  int slopes = 0;
  int intercepts = 0;
  constexpr int kRuns = 4000;
  for (int i = 0; i < kRuns; ++i) {
    const auto fit = fit_line(simulated(random, 12 + static_cast<std::size_t>(i % 30), 0.2, 0.08, 0.03));
    if (!fit) continue;
    ++fits;
    slopes += fit->slope.low <= 0.08 && 0.08 <= fit->slope.high ? 1 : 0;
    intercepts += fit->intercept.low <= 0.2 && 0.2 <= fit->intercept.high ? 1 : 0;
  }
  EXPECT_GT(fits, kRuns * 98 / 100);  // good data is rarely refused
  EXPECT_NEAR(static_cast<double>(slopes) / fits, 0.95, 0.0125);
  EXPECT_NEAR(static_cast<double>(intercepts) / fits, 0.95, 0.0125);
}

TEST(LineFit, RefusesTooFewPeriods) {
  EXPECT_EQ(refusal({{1, 1}, {2, 2}, {3, 3}}), "3 periods are too few; 8 are needed");
  EXPECT_FALSE(least_squares(std::vector<FitPoint>{{1, 1}, {2, 2}}));
}

TEST(LineFit, RefusesARateThatHardlyDiffers) {
  std::vector<FitPoint> points(20, {5, 1});
  for (std::size_t i = 0; i < points.size(); ++i) points[i].y += static_cast<double>(i % 3);
  EXPECT_THAT(refusal(points), HasSubstr("hardly differs"));
  for (std::size_t i = 0; i < points.size(); ++i) points[i].x += static_cast<double>(i % 4) * 0.01;
  EXPECT_THAT(refusal(points), HasSubstr("hardly differs"));
  for (std::size_t i = 0; i < points.size(); ++i) points[i].x = static_cast<double>(i % 2);
  EXPECT_THAT(refusal(points), HasSubstr("2 different ones"));
  EXPECT_FALSE(least_squares(std::vector<FitPoint>(5, {5, 1})));
}

TEST(LineFit, RefusesASlopeThatOnePeriodDecides) {
  std::vector<FitPoint> points;
  for (int i = 0; i < 20; ++i) points.push_back({1 + 0.001 * (i % 5), 1.0 + 0.1 * (i % 3)});
  points[7].x = 50;
  EXPECT_THAT(refusal(points), HasSubstr("one period alone"));
}

TEST(LineFit, RefusesACurve) {
  std::mt19937_64 random(3);
  auto points = simulated(random, 40, 0.2, 0.08, 0.01);
  for (auto& point : points) point.y += 0.05 * (point.x - 4) * (point.x - 4);
  EXPECT_THAT(refusal(points), HasSubstr("straight line"));
}

TEST(LineFit, RefusesPeriodsThatFollowEachOther) {
  std::mt19937_64 random(5);
  auto points = simulated(random, 60, 0.2, 0.08, 0.001);
  for (std::size_t i = 0; i < points.size(); ++i) points[i].y += 0.1 * std::sin(static_cast<double>(i) / 6);
  EXPECT_THAT(refusal(points), HasSubstr("too alike"));
}

TEST(LineFit, RefusesWhatIsNoNumber) {
  auto points = kNorris;
  points[3].y = std::nan("");
  EXPECT_THAT(refusal(points), HasSubstr("no number"));
}

TEST(LineFit, AnExactLineIsFitted) {
  std::vector<FitPoint> points;
  for (int i = 0; i < 10; ++i) points.push_back({static_cast<double>(i), 3.0 + 2.0 * i});
  const auto fit = fit_line(points).value();
  EXPECT_NEAR(fit.slope.value, 2, 1e-12);
  EXPECT_NEAR(fit.intercept.value, 3, 1e-12);
  EXPECT_NEAR(fit.r_squared, 1, 1e-12);
}

TEST(ChurnFit, TellsTheFixedPartFromWhatGrows) {
  std::mt19937_64 random(11);
  std::vector<ChurnPeriod> periods;
  for (const FitPoint& point : simulated(random, 50, 0.2, 0.08, 0.01)) {
    const double seconds = periods.size() % 2 == 0 ? 10 : 8;
    periods.push_back({seconds, point.x * seconds, point.y * seconds});
  }
  periods.push_back({1, 500, 0});  // cut off
  periods.push_back({0, 0, 0});
  EXPECT_FALSE(fit_churn({}));
  const auto fit = fit_churn(periods).value();
  EXPECT_EQ(fit.points, 50U);
  EXPECT_NEAR(fit.intercept.value, 0.2, 0.02);
  EXPECT_NEAR(fit.slope.value, 0.08, 0.005);
}

}  // namespace
}  // namespace faastax::join
