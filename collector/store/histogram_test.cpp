// SPDX-License-Identifier: Apache-2.0
#include "collector/store/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "collector/store/accumulator.hpp"
#include "ledger/distribution.hpp"

namespace faastax::store {
namespace {

std::vector<double> samples(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::lognormal_distribution<double> distribution(-3, 2);
  std::vector<double> result(count);
  for (double& value : result) value = distribution(random);
  return result;
}

Histogram histogram_of(const std::vector<double>& values) {
  Histogram result;
  for (const double value : values) result.add_seconds(value);
  return result;
}

TEST(Histogram, QuantilesAreWithinHalfAPercentOfExact) {
  std::vector<double> values = samples(100'000, 1);
  const Histogram histogram = histogram_of(values);
  std::ranges::sort(values);
  for (const double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.9999}) {
    const double exact = values[static_cast<std::size_t>(std::ceil(q * 100'000)) - 1];
    EXPECT_NEAR(*histogram.quantile(q) / exact, 1, 0.005) << q;
  }
}

TEST(Histogram, MergingIsAddingAll) {
  const std::vector<double> one = samples(1'000, 2);
  const std::vector<double> other = samples(1'000, 3);
  std::vector<double> both = one;
  both.insert(both.end(), other.begin(), other.end());
  Histogram merged = histogram_of(one);
  merged.merge(histogram_of(other));
  EXPECT_EQ(merged.buckets(), histogram_of(both).buckets());
  EXPECT_NEAR(merged.sum(), histogram_of(both).sum(), 1e-6);
  merged.merge(histogram_of(other), -1);
  for (const double q : {0.1, 0.5, 0.9}) EXPECT_EQ(merged.quantile(q), histogram_of(one).quantile(q));
  EXPECT_EQ(merged.count(), 1'000);
}

TEST(Histogram, AnythingOutsideTheScaleIsAtItsEnd) {
  Histogram histogram;
  histogram.add(4'000'000'000U, 2);
  EXPECT_EQ(histogram.buckets().front().index, ledger::Distribution::bucket_of(1e30));
  histogram.add_seconds(-1);
  EXPECT_EQ(histogram.buckets().front().index, 0U);
  histogram.add_seconds(std::nan(""));
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_FALSE(Histogram{}.quantile(0.5));
}

TEST(HistogramAccumulator, AddsAsMergingDoes) {
  Histogram merged;
  HistogramAccumulator accumulator;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Histogram one = histogram_of(samples(50, seed));
    merged.merge(one);
    accumulator.add(one);
  }
  EXPECT_EQ(accumulator.result().buckets(), merged.buckets());
  EXPECT_NEAR(accumulator.result().sum(), merged.sum(), 1e-6);
  EXPECT_TRUE(HistogramAccumulator{}.result().empty());
}

}  // namespace
}  // namespace faastax::store
