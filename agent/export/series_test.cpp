// SPDX-License-Identifier: Apache-2.0
#include "agent/export/series.hpp"

#include <gtest/gtest.h>

namespace faastax::exporting {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const ExposureRules kRules;
const TimePoint kStart{std::chrono::hours(1)};

Scraper scraper(unsigned number, TimePoint first) {
  return {"", first, first, static_cast<ScraperSet>(1U << number)};
}

TEST(Series, IsZeroForOneScrapeOfEachScraper) {
  const auto a = scraper(0, kStart);
  const auto b = scraper(1, kStart + seconds(20));
  Series<double> series;
  series.grow(100, kStart);
  EXPECT_EQ(series.show(a, kRules), 0);
  series.grow(1, kStart + seconds(5));
  EXPECT_EQ(series.show(a, kRules), 101);
  EXPECT_EQ(series.show(b, kRules), 0);
  EXPECT_EQ(series.show(b, kRules), 101);
}

TEST(Series, ANewcomerDoesNotSeeOldGrowthAsNew) {
  Series<double> series;
  series.grow(100, kStart);
  series.show(scraper(0, kStart), kRules);
  EXPECT_EQ(series.show(scraper(1, kStart + minutes(30)), kRules), 100);
}

TEST(Series, WhoCameBeforeItsBirthSeesTheBaseHoweverLate) {
  const auto late = scraper(1, kStart - minutes(1));
  Series<double> series;
  series.grow(100, kStart);
  series.show(scraper(0, kStart), kRules);
  EXPECT_EQ(series.show(late, kRules), 0);
}

TEST(Series, UnseenStartsAtItsBaseEvenForANewcomer) {
  Series<double> series;
  series.grow(100, kStart);
  EXPECT_EQ(series.show(scraper(0, kStart + minutes(30)), kRules), 0);
}

TEST(Series, APasserByChangesNothing) {
  Series<double> series;
  series.grow(100, kStart);
  EXPECT_EQ(series.show(Scraper{}, kRules), 100);
  EXPECT_EQ(series.show(scraper(0, kStart), kRules), 0);
}

TEST(Series, IsWithdrawnOnlyAfterItsLastValueWasSeen) {
  const auto a = scraper(0, kStart);
  Series<double> series;
  series.grow(100, kStart);
  series.show(a, kRules);
  series.withdraw_if_stale(kStart + minutes(15), a.bit, kRules);
  EXPECT_TRUE(series.exposed()) << "only its base was seen";
  series.show(a, kRules);
  series.withdraw_if_stale(kStart + minutes(15) - seconds(1), a.bit, kRules);
  EXPECT_TRUE(series.exposed()) << "too early";
  series.withdraw_if_stale(kStart + minutes(15), 0, kRules);
  EXPECT_TRUE(series.exposed()) << "nobody comes at all";
  series.withdraw_if_stale(kStart + minutes(15), a.bit | 2, kRules);
  EXPECT_TRUE(series.exposed()) << "another one has not seen it";
  series.withdraw_if_stale(kStart + minutes(15), a.bit, kRules);
  EXPECT_FALSE(series.exposed());
}

TEST(Series, ComesBackFromItsLastValue) {
  const auto a = scraper(0, kStart);
  Series<double> series;
  series.grow(100, kStart);
  series.show(a, kRules);
  series.show(a, kRules);
  series.withdraw_if_stale(kStart + minutes(20), a.bit, kRules);
  series.grow(40, kStart + minutes(21));
  EXPECT_EQ(series.show(a, kRules), 100);
  EXPECT_EQ(series.show(a, kRules), 140);
}

TEST(Series, AGaugeIsTrueAtOnce) {
  Series<double> gauge;
  gauge.set(0, kStart);
  EXPECT_FALSE(gauge.exposed());
  gauge.set(3, kStart);
  EXPECT_EQ(gauge.show(scraper(0, kStart), kRules), 3);
}

TEST(Growth, NeverGoesBack) {
  double highest = 0;
  EXPECT_EQ(growth(highest, 10.0), 10);
  EXPECT_EQ(growth(highest, 7.0), 0);
  EXPECT_EQ(growth(highest, 12.0), 2);
}

TEST(Growth, OfAHistogramIsByBucket) {
  HistogramValue highest;
  growth(highest, {{1, 2}, 2, 0.5});
  const auto grown = growth(highest, {{1, 5}, 6, 4.5});
  EXPECT_EQ(grown, (HistogramValue{{0, 3}, 4, 4.0}));
}

TEST(Scrapers, TheOneLongestAwayIsForgotten) {
  Scrapers scrapers;
  const auto name = [](std::size_t i) { return "s" + std::to_string(i); };
  for (std::size_t i = 0; i < kMaxScrapers; ++i) scrapers.visit(name(i), kStart + seconds(i), minutes(5));
  EXPECT_EQ(scrapers.visit("extra", kStart + minutes(4), minutes(5)).scraper.bit, 0) << "a passer-by";
  scrapers.visit(name(0), kStart + minutes(6), minutes(5));
  const auto visit = scrapers.visit("extra", kStart + minutes(7), minutes(5));
  EXPECT_EQ(visit.scraper.bit, 2);
  EXPECT_EQ(visit.forgotten, 2);
  EXPECT_EQ(scrapers.active(kStart + minutes(7), minutes(5)), 3);
}

}  // namespace
}  // namespace faastax::exporting
