// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/node_watch.hpp"

#include <gtest/gtest.h>

namespace faastax::collector {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(NodeWatch, ARebootIsNoSecondMachine) {
  NodeWatch watch;
  watch.record("n1", "a", 100);
  watch.record("n1", "b", 200);
  watch.record("n1", "a", 150);  // late, from the first boot's spool
  watch.record("n1", "b", 300);
  EXPECT_EQ(watch.noticed(), NodeWatch::Noticed{});
}

TEST(NodeWatch, TwoMachinesOfOneNameAreNoticedOnce) {
  NodeWatch watch;
  watch.record("n1", "a", 100);
  watch.record("n1", "b", 200);
  for (std::int64_t time = 201; time < 300; ++time) watch.record("n1", time % 2 == 0 ? "b" : "a", time);
  watch.record("n2", "c", 400);
  EXPECT_EQ(watch.noticed().shared_names, 1U);
  EXPECT_EQ(watch.shared_name(), "n1");
}

TEST(NodeWatch, PeriodsFollowEachOther) {
  NodeWatch watch;
  watch.ledger("n1", "a-1", 1, 0, 10 * kSecond);
  watch.ledger("n1", "a-1", 2, 10 * kSecond, 20 * kSecond);
  watch.ledger("n1", "a-1", 1, 0, 10 * kSecond);              // sent again
  watch.ledger("n1", "a-1", 4, 90 * kSecond, 100 * kSecond);  // one was lost: nothing is known
  watch.ledger("n1", "a-2", 1, 5 * kSecond, 15 * kSecond);    // another agent
  EXPECT_EQ(watch.noticed().clock_jumps, 0U);
  watch.ledger("n1", "a-2", 2, 12 * kSecond, 22 * kSecond);  // set back by 3 s
  watch.ledger("n1", "a-2", 3, 3600 * kSecond, 3610 * kSecond);
  EXPECT_EQ(watch.noticed().clock_jumps, 2U);
}

TEST(NodeWatch, WatchesSoManyNodes) {
  NodeWatch watch(1);
  watch.record("n1", "a", 100);
  watch.record("n2", "a", 100);
  watch.record("n2", "b", 200);
  watch.record("n2", "a", 300);
  EXPECT_EQ(watch.noticed().shared_names, 0U);
}

}  // namespace
}  // namespace faastax::collector
