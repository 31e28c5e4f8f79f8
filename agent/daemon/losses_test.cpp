// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/losses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faastax::daemon {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Losses, EveryCauseHasItsKindAndTheRestIsMissed) {
  EXPECT_THAT(
      losses_by_kind({1, 2, 3, 4, 5, 6, 7, 0}, 30),
      UnorderedElementsAre(Pair("ring", 1), Pair("account", 2), Pair("cgroup", 3), Pair("task_storage", 4),
                           Pair("socket_storage", 5), Pair("map", 6), Pair("read", 7), Pair("missed", 2)));
}

TEST(Losses, CausesReadLaterMakeNothingNegative) {
  EXPECT_EQ(losses_by_kind({9, 0, 0, 0, 0, 0, 0, 0}, 4).at("missed"), 0);
}

TEST(Delivery, WithoutACollectorNothingIsLost) {
  exporting::Intake intake;
  add_delivery(std::nullopt, intake);
  EXPECT_EQ(intake.losses.at("records"), 0U);
  EXPECT_FALSE(intake.delivery);
}

TEST(Delivery, IsShownOnceTheSpoolIsKnown) {
  exporting::Intake intake;
  add_delivery(sender::SenderStatus{}, intake);
  EXPECT_TRUE(intake.losses.empty()) << "0 would be a counter's restart";
  add_delivery(sender::SenderStatus{.known = true, .stored = 3, .lost = 7, .lost_before = 5, .waiting = 2},
               intake);
  EXPECT_EQ(intake.losses.at("records"), 7U);
  EXPECT_EQ(intake.lost_before.at("records"), 5U);
  EXPECT_EQ(intake.delivery->stored, 3U);
  EXPECT_EQ(intake.delivery->waiting, 2U);
}

}  // namespace
}  // namespace faastax::daemon
