// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "agent/export/testing_totals.hpp"

/// 10,000 functions come and go over 4 hours while one server scrapes: what it can add up with increase()
/// is what happened, and what is exposed stays bounded.
namespace faastax::exporting {
namespace {

using std::chrono::seconds;

constexpr int kFunctions = 10'000;
constexpr int kLifeInScrapes = 3;
constexpr auto kScrapeInterval = seconds(60);
constexpr int kBornPerScrape = 40;

/// What increase() makes of one series over all time, without its extrapolation.
struct Increase {
  double last = 0;
  double sum = 0;
  bool known = false;
  void add(double value) {
    if (known) sum += value < last ? value : value - last;
    last = value;
    known = true;
  }
};

class Soak {
 public:
  explicit Soak(SeriesLimits limits)
      : exporter_({"0.1.0", "", "v2", "none"}, {.rules = {}, .limits = limits, .clock = clock_.clock()}) {}

  void run() {
    int born = 0;
    for (int scrape = 0; born < kFunctions || scrape < born / kBornPerScrape + 3 * kLifeInScrapes; ++scrape) {
      for (int i = 0; i < kBornPerScrape && born < kFunctions; ++i) ++born;
      for (int f = std::max(0, born - kBornPerScrape * kLifeInScrapes); f < born; ++f) {
        if (scrape <= f / kBornPerScrape + kLifeInScrapes) work(f);
      }
      if (const int again = (scrape * 37) % kFunctions; again < born) work(again);
      step();
    }
    step();
  }

  double exposed() const {
    double sum = 0;
    for (const auto& [labels, increase] : increases_) sum += increase.sum;
    return sum;
  }
  double true_seconds() const { return true_seconds_; }
  std::size_t most_series() const { return most_series_; }

 private:
  void work(int f) {
    testing::handle(totals_.functions[testing::function("f" + std::to_string(f))], 1);
    true_seconds_ += 1;
  }

  void step() {
    clock_.now += kScrapeInterval;
    exporter_.publish(totals_);
    for (const auto& family : exporter_.collect("p")) {
      if (family.name != "faastax_function_cpu_seconds_total") continue;
      most_series_ = std::max(most_series_, family.metric.size());
      for (const auto& metric : family.metric) increases_[metric.label[1].value].add(metric.counter.value);
    }
  }

  testing::ManualClock clock_;
  ledger::Totals totals_;
  MetricsExporter exporter_;
  std::map<std::string, Increase> increases_;
  double true_seconds_ = 0;
  std::size_t most_series_ = 0;
};

TEST(ChurnSoak, NothingIsLostWithRoomForAll) {
  Soak soak({.functions = 1000, .components = 10, .remembered = 20'000});
  soak.run();
  EXPECT_DOUBLE_EQ(soak.exposed(), soak.true_seconds());
  EXPECT_LT(soak.most_series(), 850U) << "those of 3 + 15 minutes, and some that came again";
}

TEST(ChurnSoak, NothingIsLostWhenMostIsForgotten) {
  Soak soak({.functions = 1000, .components = 10, .remembered = 50});
  soak.run();
  EXPECT_DOUBLE_EQ(soak.exposed(), soak.true_seconds());
}

TEST(ChurnSoak, NothingIsLostInTheOverflow) {
  Soak soak({.functions = 100, .components = 10, .remembered = 50});
  soak.run();
  EXPECT_DOUBLE_EQ(soak.exposed(), soak.true_seconds());
  EXPECT_LE(soak.most_series(), 101U);
}

}  // namespace
}  // namespace faastax::exporting
