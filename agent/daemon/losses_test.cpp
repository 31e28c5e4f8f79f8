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

}  // namespace
}  // namespace faastax::daemon
