// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/window_average.hpp"

#include <gtest/gtest.h>

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

TEST(WindowAverage, IsEmptyBeforeTheFirstValue) {
  const WindowAverage window(60s, 1s);
  EXPECT_TRUE(window.empty(10s));
  EXPECT_EQ(window.average(10s), 0);
}

TEST(WindowAverage, APartlyFilledWindowAveragesOverTheFilledPart) {
  WindowAverage window(60s, 1s);
  window.record(1s, 4);
  EXPECT_EQ(window.average(1s), 4);
  window.record(2s, 8);
  EXPECT_EQ(window.average(2s), 6);
}

TEST(WindowAverage, GapsInsideCountAsZero) {
  WindowAverage window(60s, 1s);
  window.record(1s, 4);
  window.record(4s, 4);
  EXPECT_EQ(window.average(4s), 2);
}

TEST(WindowAverage, WhatLagsTheEndIsLeftOut) {
  WindowAverage window(6s, 1s);
  for (int i = 1; i <= 6; ++i) window.record(std::chrono::seconds(i), i);
  EXPECT_EQ(window.average(6s), 3.5);
  EXPECT_EQ(window.average(8s), 4.5);  // 3, 4, 5, 6
  EXPECT_EQ(window.average(11s), 6);   // 6 alone
}

TEST(WindowAverage, IsZeroAtOneWindowAfterTheLastValueAndEmptyBeyond) {
  WindowAverage window(6s, 1s);
  window.record(1s, 4);
  EXPECT_FALSE(window.empty(7s));
  EXPECT_EQ(window.average(7s), 0);
  EXPECT_TRUE(window.empty(8s));
}

TEST(WindowAverage, OldValuesFallOut) {
  WindowAverage window(3s, 1s);
  for (int i = 1; i <= 10; ++i) window.record(std::chrono::seconds(i), i);
  EXPECT_EQ(window.average(10s), 9);
}

TEST(WindowAverage, FillsAnewAfterAPauseOfAWindow) {
  WindowAverage window(6s, 1s);
  window.record(1s, 100);
  window.record(7s, 3);
  EXPECT_EQ(window.average(7s), 3);
  WindowAverage shorter_pause(6s, 1s);
  shorter_pause.record(1s, 100);
  shorter_pause.record(6s, 2);
  EXPECT_EQ(shorter_pause.average(6s), 17);
}

TEST(WindowAverage, ValuesOfOneBucketAddUp) {
  WindowAverage window(6s, 1s);
  window.record(1000ms, 1);
  window.record(1999ms, 2);
  EXPECT_EQ(window.average(1500ms), 3);
}

TEST(WindowAverage, AnOlderValueIsTakenAndOneOlderThanTheWindowIgnored) {
  WindowAverage window(6s, 1s);
  window.record(10s, 4);
  window.record(9s, 2);
  EXPECT_EQ(window.average(10s), 3);
  window.record(4s, 100);
  EXPECT_EQ(window.average(10s), 3);
  window.record(5s, 6);
  EXPECT_EQ(window.average(10s), 2);
}

TEST(WindowAverage, RoundsToSixDigits) {
  WindowAverage window(3s, 1s);
  for (int i = 1; i <= 3; ++i) window.record(std::chrono::seconds(i), i == 3 ? 1 : 0);
  EXPECT_EQ(window.average(3s), 0.333333);
}

TEST(WindowAverage, ABucketOfSeveralSeconds) {
  WindowAverage window(6s, 2s);
  for (int i = 2; i <= 8; i += 2) window.record(std::chrono::seconds(i), i);
  EXPECT_EQ(window.average(8s), 6);
}

}  // namespace
}  // namespace faastax::policy
