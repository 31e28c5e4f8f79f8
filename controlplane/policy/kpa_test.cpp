// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/kpa.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

KpaParameters one_each() {
  KpaParameters p;
  p.concurrency = 1;
  p.utilization = 1;
  return p;
}

KpaParameters without_panic(KpaParameters p = one_each()) {
  p.panic_threshold = std::numeric_limits<double>::infinity();
  return p;
}

std::int64_t count(KpaDecider& decider, Time now, double stable, double panic, double ready) {
  return decider.decide(now, stable, panic, ready).count;
}

TEST(KpaParameters, TargetIsTheShareOfTheConcurrency) {
  KpaParameters p;
  EXPECT_DOUBLE_EQ(p.target(), 70);
  p.concurrency = 4;
  EXPECT_DOUBLE_EQ(p.target(), 2.8);
  p.concurrency = 0.001;
  EXPECT_DOUBLE_EQ(p.target(), 0.01);
}

TEST(KpaParameters, PanicWindowIsWholeSecondsAndOneAtLeast) {
  KpaParameters p;
  EXPECT_EQ(p.panic_window(), 6s);
  p.window = 31s;
  EXPECT_EQ(p.panic_window(), 3s);
  p.window = 35s;
  EXPECT_EQ(p.panic_window(), 4s);
  p.window = 1s;
  EXPECT_EQ(p.panic_window(), 1s);
}

TEST(KpaDecider, RoundsUp) {
  KpaDecider decider(without_panic(KpaParameters{}), 0s, 1);
  EXPECT_EQ(count(decider, 2s, 70, 70, 1), 1);
  EXPECT_EQ(count(decider, 4s, 70.000001, 70.000001, 1), 2);
  EXPECT_EQ(count(decider, 6s, 0.000001, 0, 1), 1);
}

TEST(KpaDecider, ZeroReadyCountsAsOne) {
  KpaParameters p = without_panic();
  p.max_scale_up_rate = 10;
  KpaDecider decider(p, 0s, 0);
  EXPECT_EQ(count(decider, 2s, 100, 100, 0), 10);
}

TEST(KpaDecider, RatesLimitBothWays) {
  KpaParameters p = without_panic();
  p.max_scale_up_rate = 1.5;
  KpaDecider decider(p, 0s, 0);
  EXPECT_EQ(count(decider, 2s, 100, 100, 3), 5);  // ceil(1.5 × 3)
  EXPECT_EQ(count(decider, 4s, 0, 0, 5), 2);      // floor(5 / 2)
  EXPECT_EQ(count(decider, 6s, 0, 0, 1), 0);
}

TEST(KpaDecider, PanicTakesTheLargerOfBothAndNeverFalls) {
  KpaDecider decider(one_each(), 0s, 1);
  EXPECT_EQ(count(decider, 2s, 1, 1, 1), 1);
  EXPECT_FALSE(decider.panics());
  EXPECT_EQ(count(decider, 4s, 2, 10, 5), 10);  // 10 / 5 is the threshold
  EXPECT_TRUE(decider.panics());
  EXPECT_EQ(count(decider, 6s, 4, 5, 10), 10);
  EXPECT_EQ(count(decider, 8s, 12, 5, 10), 12);
}

TEST(KpaDecider, BelowTheThresholdThereIsNoPanic) {
  KpaDecider decider(one_each(), 0s, 1);
  EXPECT_EQ(count(decider, 2s, 5, 9, 5), 5);
  EXPECT_FALSE(decider.panics());
}

TEST(KpaDecider, TheThresholdLooksAtTheUnclampedWish) {
  KpaParameters p = one_each();
  p.max_scale_up_rate = 1.1;
  KpaDecider decider(p, 0s, 1);
  EXPECT_EQ(count(decider, 2s, 20, 20, 10), 11);
  EXPECT_TRUE(decider.panics());
}

TEST(KpaDecider, PanicEndsAfterOneWindowWithoutASurge) {
  KpaDecider decider(one_each(), 0s, 1);
  count(decider, 2s, 1, 4, 1);
  count(decider, 30s, 1, 8, 4);  // again over the threshold: it lasts from here
  EXPECT_EQ(count(decider, 90s, 1, 1, 8), 8);
  EXPECT_TRUE(decider.panics());
  EXPECT_EQ(count(decider, 92s, 1, 1, 8), 4);  // floor(8 / 2)
  EXPECT_FALSE(decider.panics());
}

TEST(KpaDecider, ANewPanicDoesNotRememberTheOldOne) {
  KpaDecider decider(one_each(), 0s, 1);
  count(decider, 2s, 1, 50, 1);
  count(decider, 64s, 1, 1, 4);
  ASSERT_FALSE(decider.panics());
  EXPECT_EQ(count(decider, 66s, 1, 4, 2), 4);
}

TEST(KpaDecider, AStartAboveOneIsAPanicThatHoldsThatMany) {
  KpaDecider decider(one_each(), 0s, 5);
  EXPECT_TRUE(decider.panics());
  EXPECT_EQ(count(decider, 2s, 1, 1, 5), 5);
  EXPECT_EQ(count(decider, 60s, 1, 1, 5), 5);
  EXPECT_EQ(count(decider, 62s, 1, 1, 5), 2);
  EXPECT_FALSE(KpaDecider(one_each(), 0s, 1).panics());
}

TEST(KpaDecider, ScaleDownIsDelayedInSlotsOfTwoSeconds) {
  KpaParameters p = without_panic();
  p.scale_down_delay = 5s;  // three slots
  KpaDecider decider(p, 0s, 1);
  EXPECT_EQ(count(decider, 2s, 4, 4, 4), 4);
  EXPECT_EQ(count(decider, 4s, 2, 2, 4), 4);
  EXPECT_EQ(count(decider, 6s, 2, 2, 4), 4);
  EXPECT_EQ(count(decider, 8s, 2, 2, 4), 2);
  EXPECT_EQ(count(decider, 10s, 9, 9, 4), 9);
}

TEST(KpaDecider, ActivationScaleLiftsWhatIsAboveZero) {
  KpaParameters p = without_panic();
  p.activation_scale = 3;
  KpaDecider decider(p, 0s, 1);
  EXPECT_EQ(count(decider, 2s, 1, 1, 1), 3);
  EXPECT_EQ(count(decider, 4s, 5, 5, 3), 5);
  EXPECT_EQ(count(decider, 6s, 0, 0, 1), 0);
  EXPECT_EQ(count(decider, 8s, 0, 0, 5), 2);  // the wish is 0, the rate keeps two
}

TEST(KpaDecider, SaysWhy) {
  KpaDecider decider(one_each(), 0s, 1);
  EXPECT_EQ(decider.decide(2s, 0.5, 0.5, 1).reason, "stable window 0.5 / target 1");
  EXPECT_EQ(decider.decide(4s, 0.5, 3, 1).reason, "panic window 3 / target 1");
  EXPECT_EQ(decider.decide(6s, 0.5, 1, 3).reason, "held in panic; stable window 0.5 / target 1");
}

TEST(Kpa, HasNothingToSayWithoutData) {
  Kpa kpa({}, 0s, 1);
  EXPECT_FALSE(kpa.decide(2s, 1));
  kpa.record(3s, 0);
  EXPECT_EQ(kpa.decide(4s, 1)->count, 0);
  EXPECT_TRUE(kpa.decide(63s, 1));
  EXPECT_FALSE(kpa.decide(64s, 1));
}

TEST(Kpa, ASurgeIsSeenInThePanicWindowFirst) {
  KpaParameters p;
  p.concurrency = 1;
  Kpa kpa(p, 0s, 1);
  for (int i = 1; i <= 60; ++i) kpa.record(std::chrono::seconds(i), i > 54 ? 14 : 0);
  const auto advice = kpa.decide(60s, 1);
  EXPECT_TRUE(kpa.panics());
  EXPECT_EQ(advice->count, 20);  // 14 / 0.7, not 1.4 / 0.7
}

}  // namespace
}  // namespace faastax::policy
