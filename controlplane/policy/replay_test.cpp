// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/replay.hpp"

#include <gtest/gtest.h>

namespace faastax::policy {
namespace {

std::vector<Replayed> run(std::string_view policy, const std::vector<Sample>& samples) {
  const auto choice = choose_policy(policy);
  EXPECT_TRUE(choice) << choice.error();
  std::vector<Replayed> decisions;
  replay(*choice, samples, [&](const Replayed& one) { decisions.push_back(one); });
  return decisions;
}

TEST(Replay, DecidesAtEvenSecondsUpToTheLastSample) {
  const auto decisions = run("async", {{1, 1, 1}, {2, 1, 1}, {5, 1, 1}});
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[0].second, 2);
  EXPECT_EQ(decisions[1].second, 4);
}

TEST(Replay, ASampleCountsForTheDecisionAtItsSecond) {
  const auto decisions = run("async:concurrency=1:utilization=1:no-panic", {{1, 1, 1}, {2, 5, 1}});
  EXPECT_EQ(decisions.at(0).desired, 3);
}

TEST(Replay, ThereIsNoAnswerWithoutData) {
  const auto decisions = run("async:6s", {{3, 1, 4}, {20, 1, 4}});
  EXPECT_FALSE(decisions.at(0).desired);  // 2 s
  EXPECT_TRUE(decisions.at(0).panic);     // it begins with four instances
  EXPECT_TRUE(decisions.at(1).desired);   // 4 s
  EXPECT_TRUE(decisions.at(3).desired);   // 8 s: five seconds old
  EXPECT_FALSE(decisions.at(4).desired);  // 10 s: seven
  EXPECT_TRUE(decisions.at(9).desired);
}

TEST(Replay, ReadyIsWhatTheLatestSampleSays) {
  const auto decisions = run("async:no-panic:max_scale_up_rate=2", {{1, 900, 1}, {3, 900, 3}, {6, 900, 3}});
  EXPECT_EQ(decisions.at(0).desired, 2);
  EXPECT_EQ(decisions.at(1).desired, 6);
}

TEST(Replay, SyncIsTheMostInTheKeepAlive) {
  const auto decisions = run("sync:4s", {{1, 2.5, 0}, {2, 0, 3}, {3, 0, 3}, {4, 0, 3}, {5, 0, 3}, {6, 0, 3}});
  EXPECT_EQ(decisions.at(0).desired, 3);
  EXPECT_EQ(decisions.at(1).desired, 3);
  EXPECT_EQ(decisions.at(2).desired, 0);
}

TEST(Replay, DirigentLooksAtEvenSecondsOnly) {
  const auto decisions = run("dirigent:panic_threshold=inf", {{1, 9, 1}, {2, 1, 1}, {3, 9, 1}, {4, 2, 1}});
  EXPECT_EQ(decisions.at(0).desired, 1);
  EXPECT_EQ(decisions.at(1).desired, 2);
}

TEST(Replay, SaysWhatCannotBeAsked) {
  EXPECT_FALSE(check_replay(*choose_policy("dual")));
  EXPECT_FALSE(check_replay(*choose_policy("async:grace_s=10")));
  EXPECT_FALSE(check_replay(*choose_policy("sync:reading=window")));
  for (const char* policy : {"async", "dirigent", "regression", "sync"}) {
    EXPECT_TRUE(check_replay(*choose_policy(policy))) << policy;
  }
}

}  // namespace
}  // namespace faastax::policy
