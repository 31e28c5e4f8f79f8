// SPDX-License-Identifier: Apache-2.0
#include "ledger/distribution.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace faastax::ledger {
namespace {

constexpr double kTolerance = 0.004;

std::vector<double> durations(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::lognormal_distribution<double> values(-4, 2.5);
  std::vector<double> result(count);
  std::ranges::generate(result, [&] { return values(random); });
  return result;
}

Distribution distribution_of(const std::vector<double>& values) {
  Distribution result;
  for (const double value : values) result.add(value);
  return result;
}

double nearest_rank(std::vector<double> values, double q) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

void expect_quantiles(const Distribution& distribution, const std::vector<double>& values) {
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = nearest_rank(values, q);
    EXPECT_NEAR(distribution.quantile(q).value(), exact, exact * kTolerance) << "q = " << q;
  }
}

TEST(Distribution, HasNoQuantileWithoutSamples) {
  const Distribution empty;
  EXPECT_FALSE(empty.quantile(0.5).has_value());
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.count_at_most(std::numeric_limits<double>::infinity()), 0U);
}

TEST(Distribution, QuantilesStayWithinTheirError) {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    const auto values = durations(20'000, seed);
    expect_quantiles(distribution_of(values), values);
  }
}

TEST(Distribution, OneSampleIsExactAtEveryQuantile) {
  Distribution one;
  one.add(0.1234567, 5);
  for (const double q : {0.0, 0.5, 1.0}) EXPECT_DOUBLE_EQ(one.quantile(q).value(), 0.1234567);
  EXPECT_DOUBLE_EQ(one.sum(), 5 * 0.1234567);
}

TEST(Distribution, MergingEqualsAddingAll) {
  const auto first = durations(3000, 4);
  const auto second = durations(500, 5);
  Distribution merged = distribution_of(first);
  merged.merge(distribution_of(second));
  merged.merge(Distribution{});
  auto all = first;
  all.insert(all.end(), second.begin(), second.end());
  const Distribution added = distribution_of(all);
  EXPECT_EQ(merged.count(), added.count());
  EXPECT_NEAR(merged.sum(), added.sum(), 1e-6);
  for (const double q : {0.0, 0.3, 0.5, 0.99, 1.0}) EXPECT_EQ(merged.quantile(q), added.quantile(q));
}

TEST(Distribution, HistogramBucketsAreExactAtBounds) {
  Distribution distribution;
  for (const double value : {0.25, 0.2501, 1.0, 1.02, 2.5, 2.53, 10.0, 10.2}) distribution.add(value);
  EXPECT_EQ(distribution.count_at_most(0.1), 0U);
  EXPECT_EQ(distribution.count_at_most(0.25), 1U);
  EXPECT_EQ(distribution.count_at_most(1), 3U);
  EXPECT_EQ(distribution.count_at_most(2.5), 5U);
  EXPECT_EQ(distribution.count_at_most(10), 7U);
  EXPECT_EQ(distribution.count_at_most(std::numeric_limits<double>::infinity()), 8U);
}

TEST(Distribution, HistogramBucketsAreNearElsewhereAndNeverShrink) {
  const auto values = durations(5000, 6);
  Distribution distribution;
  std::uint64_t before = 0;
  for (const double value : values) {
    distribution.add(value);
    const std::uint64_t now = distribution.count_at_most(0.1);
    ASSERT_GE(now, before);
    before = now;
  }
  const auto at_most = [&](double le) {
    return static_cast<std::uint64_t>(std::ranges::count_if(values, [&](double v) { return v <= le; }));
  };
  EXPECT_GE(before, at_most(0.1 * (1 - kTolerance)));
  EXPECT_LE(before, at_most(0.1 * (1 + kTolerance)));
}

TEST(Distribution, DifferenceIsTheWindow) {
  const auto before = durations(4000, 7);
  const auto window = durations(3000, 8);
  Distribution distribution = distribution_of(before);
  const Distribution earlier = distribution;
  for (const double value : window) distribution.add(value);
  const Distribution difference = distribution.difference(earlier);
  EXPECT_EQ(difference.count(), window.size());
  EXPECT_NEAR(difference.sum(), distribution_of(window).sum(), 1e-6);
  expect_quantiles(difference, window);
}

TEST(Distribution, DifferenceKnowsExtremesThatMoved) {
  Distribution distribution;
  distribution.add(1);
  const Distribution earlier = distribution;
  distribution.add(7.123);
  distribution.add(0.0123);
  const Distribution difference = distribution.difference(earlier);
  EXPECT_DOUBLE_EQ(difference.quantile(0).value(), 0.0123);
  EXPECT_DOUBLE_EQ(difference.quantile(1).value(), 7.123);
}

TEST(Distribution, DifferenceFromItselfIsEmptyAndFromNothingIsWhole) {
  const Distribution distribution = distribution_of(durations(100, 9));
  EXPECT_EQ(distribution.difference(distribution).count(), 0U);
  EXPECT_DOUBLE_EQ(distribution.difference(distribution).sum(), 0);
  const Distribution whole = distribution.difference(Distribution{});
  for (const double q : {0.0, 0.5, 1.0}) EXPECT_EQ(whole.quantile(q), distribution.quantile(q));
}

TEST(Distribution, BucketsCarryItElsewhere) {
  const std::vector<double> samples = durations(1'000, 11);
  const Distribution distribution = distribution_of(samples);
  const Distribution there = Distribution::of(distribution.buckets(), distribution.sum());
  EXPECT_EQ(there.count(), samples.size());
  EXPECT_DOUBLE_EQ(there.sum(), distribution.sum());
  EXPECT_EQ(there.buckets(), distribution.buckets());
  expect_quantiles(there, samples);
  EXPECT_EQ(Distribution::of({}, 0).count(), 0U);
}

TEST(Distribution, BucketsAreWhereTheScaleSays) {
  Distribution distribution;
  distribution.add(1e-10);                // below a nanosecond
  distribution.add(1);                    // 2^0: 30 powers of two above the lowest
  distribution.add(1.5);                  // half of the next
  distribution.add(std::ldexp(1.0, 40));  // beyond the highest
  const std::vector<Distribution::Bucket> expected = {{0, 1}, {3840, 1}, {3904, 1}, {7680, 1}};
  EXPECT_EQ(distribution.buckets(), expected);
  EXPECT_EQ(Distribution::of({{4'000'000'000U, 1}}, 1).buckets().front().index, 7680U);
}

TEST(Distribution, TakesAnyNumber) {
  Distribution distribution;
  distribution.add(-1);
  distribution.add(0);
  distribution.add(std::numeric_limits<double>::denorm_min());
  distribution.add(std::numeric_limits<double>::infinity());
  distribution.add(std::numeric_limits<double>::quiet_NaN());
  distribution.add(1, 0);
  EXPECT_EQ(distribution.count(), 4U);
  EXPECT_DOUBLE_EQ(distribution.quantile(0).value(), 0);
  EXPECT_DOUBLE_EQ(distribution.quantile(1).value(), std::ldexp(1.0, 30));
  EXPECT_TRUE(std::isfinite(distribution.sum()));
}

}  // namespace
TEST(Distribution, BucketsRepresentTheirValues) {
  for (const double seconds : {1e-6, 0.0123, 1.0, 2.5}) {
    Distribution distribution;
    distribution.add(seconds);
    const std::uint32_t bucket = Distribution::bucket_of(seconds);
    EXPECT_EQ(distribution.buckets().front().index, bucket);
    EXPECT_NEAR(Distribution::middle_of(bucket) / seconds, 1, 1.0 / 256);
  }
  EXPECT_EQ(Distribution::middle_of(Distribution::bucket_of(-1)), 0);
  EXPECT_EQ(Distribution::bucket_of(1e12), 7680U);
}

}  // namespace faastax::ledger
