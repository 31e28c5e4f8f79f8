// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/dispatcher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "controlplane/policy/keep_alive.hpp"

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

class DispatcherTest : public testing::Test {
 protected:
  static Dispatcher make(std::size_t max_instances, Time keep_alive = 60s) {
    return {std::make_unique<KeepAlive>(keep_alive), Limits{max_instances, 1}};
  }
  // What is to be done, without the record of decisions.
  static Actions deeds(Actions actions) {
    std::erase_if(actions, [](const Action& action) { return std::holds_alternative<Decided>(action); });
    return actions;
  }
  template <typename A>
  static A only(const Actions& all) {
    const Actions actions = deeds(all);
    EXPECT_EQ(actions.size(), 1u);
    return std::get<A>(actions.at(0));
  }
};

TEST_F(DispatcherTest, ColdThenWarm) {
  Dispatcher dispatcher = make(10);
  const auto launch = only<Launch>(dispatcher.request_arrived(0s, 1, 3));
  EXPECT_EQ(launch.function, 3u);
  EXPECT_EQ(launch.reason, "no free slot");
  const auto cold = only<Send>(dispatcher.instance_ready(1s, launch.instance));
  EXPECT_EQ(cold.request, 1u);
  EXPECT_TRUE(cold.cold);
  EXPECT_TRUE(dispatcher.request_ended(2s, 1, true).empty());
  const auto warm = only<Send>(dispatcher.request_arrived(3s, 2, 3));
  EXPECT_EQ(warm.instance, launch.instance);
  EXPECT_FALSE(warm.cold);
}

TEST_F(DispatcherTest, OneRequestAtATimeAndBoundToItsOwnStart) {
  Dispatcher dispatcher = make(10);
  const auto first = only<Launch>(dispatcher.request_arrived(0s, 1, 3));
  const auto second = only<Launch>(dispatcher.request_arrived(0s, 2, 3));
  only<Send>(dispatcher.instance_ready(1s, first.instance));
  EXPECT_TRUE(dispatcher.request_ended(2s, 1, true).empty());
  EXPECT_EQ(only<Send>(dispatcher.instance_ready(3s, second.instance)).request, 2u);
}

TEST_F(DispatcherTest, FunctionsDoNotShareInstances) {
  Dispatcher dispatcher = make(10);
  const auto first = only<Launch>(dispatcher.request_arrived(0s, 1, 3));
  dispatcher.instance_ready(1s, first.instance);
  dispatcher.request_ended(2s, 1, true);
  EXPECT_EQ(only<Launch>(dispatcher.request_arrived(3s, 2, 4)).function, 4u);
}

TEST_F(DispatcherTest, TheInstanceUsedLastIsTakenFirst) {
  Dispatcher dispatcher = make(10);
  const auto a = only<Launch>(dispatcher.request_arrived(0s, 1, 3)).instance;
  const auto b = only<Launch>(dispatcher.request_arrived(0s, 2, 3)).instance;
  dispatcher.instance_ready(1s, a);
  dispatcher.instance_ready(1s, b);
  dispatcher.request_ended(2s, 2, true);
  dispatcher.request_ended(3s, 1, true);
  EXPECT_EQ(only<Send>(dispatcher.request_arrived(4s, 3, 3)).instance, a);
  EXPECT_EQ(only<Send>(dispatcher.request_arrived(4s, 4, 3)).instance, b);
}

TEST_F(DispatcherTest, IdleInstanceGoesAfterTheKeepAlive) {
  Dispatcher dispatcher = make(10);
  const auto a = only<Launch>(dispatcher.request_arrived(0s, 1, 3)).instance;
  dispatcher.instance_ready(1s, a);
  dispatcher.request_ended(2s, 1, true);
  ASSERT_EQ(dispatcher.next_wake(), 62s);
  EXPECT_EQ(only<Remove>(dispatcher.tick(62s)).instance, a);
  EXPECT_EQ(dispatcher.next_wake(), std::nullopt);
  EXPECT_EQ(only<Launch>(dispatcher.request_arrived(62s, 2, 3)).function, 3u);
  EXPECT_EQ(dispatcher.instances(), 2u);
  dispatcher.instance_gone(63s, a);
  EXPECT_EQ(dispatcher.instances(), 1u);
}

TEST_F(DispatcherTest, AtTheLimitTheRequestTakesTheFirstInstanceThatIsFree) {
  Dispatcher dispatcher = make(1);
  const auto a = only<Launch>(dispatcher.request_arrived(0s, 1, 3)).instance;
  EXPECT_TRUE(deeds(dispatcher.request_arrived(0s, 2, 3)).empty());
  dispatcher.instance_ready(1s, a);
  const auto next = only<Send>(dispatcher.request_ended(2s, 1, true));
  EXPECT_EQ(next.request, 2u);
  EXPECT_FALSE(next.cold);
  EXPECT_TRUE(dispatcher.request_ended(3s, 2, true).empty());
}

TEST_F(DispatcherTest, AtTheLimitAnIdleInstanceOfAnotherFunctionMakesRoom) {
  Dispatcher dispatcher = make(1);
  const auto a = only<Launch>(dispatcher.request_arrived(0s, 1, 3)).instance;
  dispatcher.instance_ready(1s, a);
  EXPECT_TRUE(deeds(dispatcher.request_arrived(1s, 2, 4)).empty());
  EXPECT_EQ(only<Remove>(dispatcher.request_ended(2s, 1, true)).instance, a);
  EXPECT_EQ(only<Launch>(dispatcher.instance_gone(3s, a)).function, 4u);
}

TEST_F(DispatcherTest, AFailedStartRefusesItsRequest) {
  Dispatcher dispatcher = make(10);
  const auto a = only<Launch>(dispatcher.request_arrived(0s, 1, 3)).instance;
  EXPECT_EQ(only<Refuse>(dispatcher.instance_failed(1s, a)).request, 1u);
  EXPECT_EQ(dispatcher.instances(), 0u);
}

TEST_F(DispatcherTest, ABrokenInstanceIsRemoved) {
  Dispatcher dispatcher = make(10);
  const auto a = only<Launch>(dispatcher.request_arrived(0s, 1, 3)).instance;
  dispatcher.instance_ready(1s, a);
  EXPECT_EQ(only<Remove>(dispatcher.request_ended(2s, 1, false)).instance, a);
  EXPECT_EQ(dispatcher.next_wake(), std::nullopt);
}

TEST_F(DispatcherTest, CloseRefusesWhatWaitsAndRemovesTheRest) {
  Dispatcher dispatcher = make(2);
  const auto a = only<Launch>(dispatcher.request_arrived(0s, 1, 3)).instance;
  const auto b = only<Launch>(dispatcher.request_arrived(0s, 2, 4)).instance;
  dispatcher.request_arrived(0s, 3, 5);
  dispatcher.instance_ready(1s, a);
  const Actions actions = dispatcher.close(2s);
  EXPECT_EQ(std::ranges::count_if(actions, [](const Action& x) { return std::holds_alternative<Refuse>(x); }),
            2);
  EXPECT_EQ(only<Remove>(dispatcher.request_ended(3s, 1, true)).instance, a);
  EXPECT_EQ(only<Remove>(dispatcher.instance_ready(3s, b)).instance, b);
  EXPECT_EQ(only<Refuse>(dispatcher.request_arrived(4s, 4, 3)).request, 4u);
  dispatcher.instance_gone(5s, a);
  dispatcher.instance_gone(5s, b);
  EXPECT_EQ(dispatcher.instances(), 0u);
}

// Whatever happens, each request is sent or refused once, and the limit holds.
TEST_F(DispatcherTest, EveryRequestExactlyOnceUnderALimit) {
  Dispatcher dispatcher = make(3, 5s);
  std::map<RequestId, int> seen;
  std::deque<InstanceId> starting, busy, stopping;
  auto apply = [&](const Actions& actions) {
    for (const Action& action : actions) {
      if (const auto* launch = std::get_if<Launch>(&action)) starting.push_back(launch->instance);
      if (const auto* sent = std::get_if<Send>(&action)) {
        ++seen[sent->request];
        busy.push_back(sent->request);
      }
      if (const auto* refused = std::get_if<Refuse>(&action)) ++seen[refused->request];
      if (const auto* removed = std::get_if<Remove>(&action)) stopping.push_back(removed->instance);
    }
  };
  auto pop = [](std::deque<InstanceId>& queue) {
    const InstanceId id = queue.front();
    queue.pop_front();
    return id;
  };
  std::uint64_t random = 12345;
  Time now{};
  constexpr RequestId kRequests = 2000;
  for (RequestId request = 0;
       request < kRequests || !starting.empty() || !busy.empty() || !stopping.empty();) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto choice = (random >> 33) % 8;
    now += 400ms;
    if (choice < 3 && request < kRequests)
      apply(dispatcher.request_arrived(now, request++, (random >> 40) % 4));
    if (choice == 3 && !starting.empty()) apply(dispatcher.instance_ready(now, pop(starting)));
    if (choice == 4 && !starting.empty() && random % 5 == 0)
      apply(dispatcher.instance_failed(now, pop(starting)));
    if (choice == 5 && !busy.empty()) apply(dispatcher.request_ended(now, pop(busy), random % 7 != 0));
    if (choice == 6 && !stopping.empty()) apply(dispatcher.instance_gone(now, pop(stopping)));
    if (choice == 7) apply(dispatcher.tick(now));
    ASSERT_LE(dispatcher.instances(), 3u);
  }
  EXPECT_EQ(seen.size(), kRequests);
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& entry) { return entry.second == 1; }));
}

}  // namespace
}  // namespace faastax::policy
