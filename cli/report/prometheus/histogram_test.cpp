// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace faastax::cli::prometheus {
namespace {

Sample up_to(const std::string& le, double count) { return {{{"le", le}}, count}; }

TEST(Histogram, CountsUpToABoundBecomeBuckets) {
  const auto buckets = buckets_of({up_to("+Inf", 10), up_to("0.1", 4), up_to("0.25", 4), up_to("0.5", 9)});
  ASSERT_EQ(buckets.size(), 3u);
  EXPECT_EQ(buckets[0].count, 4u);
  EXPECT_DOUBLE_EQ(buckets[0].le, 0.1);
  EXPECT_EQ(buckets[1].count, 5u);
  EXPECT_DOUBLE_EQ(buckets[1].above, 0.25);
  EXPECT_EQ(buckets[2].count, 1u);
  EXPECT_TRUE(std::isinf(buckets[2].le));
}

TEST(Histogram, SeveralSeriesAddUpAndStrangeBoundsAreLeftOut) {
  const auto buckets =
      buckets_of({up_to("1", 2), up_to("1", 3), up_to("x", 9), up_to("", 9), up_to("nan", 9)});
  ASSERT_EQ(buckets.size(), 1u);
  EXPECT_EQ(buckets[0].count, 5u);
}

// The formula of Prometheus' histogram_quantile(): rank q × count, straight between the bounds of its bucket.
TEST(Histogram, PercentilesLieStraightBetweenBounds) {
  const std::vector<ledger::DurationBucket> buckets = {{0, 1, 10}, {1, 2, 80}, {2, 4, 10}};
  const auto found = percentiles_of(buckets);
  EXPECT_DOUBLE_EQ(found.p50.value(), 1.5);
  EXPECT_DOUBLE_EQ(found.p99.value(), 3.8);
}

TEST(Histogram, AboveTheLastBoundItIsTheBound) {
  EXPECT_DOUBLE_EQ(percentiles_of({{0, 1, 1}, {60, INFINITY, 99}}).p99.value(), 60);
  EXPECT_FALSE(percentiles_of({}).p50.has_value());
}

}  // namespace
}  // namespace faastax::cli::prometheus
