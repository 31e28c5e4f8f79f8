// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/static_router.hpp"

#include <gtest/gtest.h>

#include <array>

#include "controlplane/gateway/testing_waiter.hpp"

namespace faastax::gateway {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using std::chrono::seconds;

tcp::endpoint at(std::uint16_t port) { return {make_address("127.0.0.1"), port}; }

StaticRouterOptions two_instances(std::size_t concurrency) {
  return {{{"lab", "hello", {at(1), at(2)}}}, concurrency, 2, seconds(5)};
}

constexpr FunctionName kHello{"lab", "hello"};

TEST(StaticRouter, TakesTurnsAmongEqualsAndPrefersTheIdle) {
  StaticRouter router(two_instances(0));
  std::array<TestingWaiter, 3> w;
  router.acquire(1, kHello, w[0]);
  router.acquire(2, kHello, w[1]);
  EXPECT_EQ(w[0].port + w[1].port, 3);
  router.release(1, Outcome::kAnswered);
  router.acquire(3, kHello, w[2]);
  EXPECT_EQ(w[2].port, w[0].port);
}

TEST(StaticRouter, HoldsRequestsAtTheLimitInOrder) {
  StaticRouter router(two_instances(1));
  std::array<TestingWaiter, 5> w;
  for (RequestId i = 0; i < 5; ++i) router.acquire(i + 1, kHello, w[i]);
  EXPECT_EQ(w[1].grants, 1);
  EXPECT_EQ(w[2].grants + w[3].grants, 0);
  EXPECT_EQ(w[4].status, 503U);
  router.release(1, Outcome::kAnswered);
  EXPECT_EQ(w[2].port, w[0].port);
  router.abandon(4);
  router.release(2, Outcome::kBroken);
  EXPECT_EQ(w[3].grants, 0);
}

TEST(StaticRouter, RefusesWhoWaitsTooLong) {
  StaticRouter router(two_instances(1));
  std::array<TestingWaiter, 3> w;
  for (RequestId i = 0; i < 3; ++i) router.acquire(i + 1, kHello, w[i]);
  router.tick(Clock::now() + seconds(4));
  EXPECT_EQ(w[2].status, 0U);
  router.tick(Clock::now() + seconds(6));
  EXPECT_EQ(w[2].status, 504U);
  router.release(1, Outcome::kAnswered);
  EXPECT_EQ(w[2].grants, 0);
}

TEST(StaticRouter, AvoidsWhatCouldNotBeReachedWhileThereIsAnother) {
  StaticRouter router(two_instances(0));
  TestingWaiter one;
  router.acquire(1, kHello, one);
  const auto first = one.port;
  router.retry(1);
  EXPECT_NE(one.port, first);
  TestingWaiter next;
  router.acquire(2, kHello, next);
  EXPECT_EQ(next.port, one.port);
  router.retry(1);
  EXPECT_EQ(one.grants, 3);
}

TEST(StaticRouter, KnowsItsFunctions) {
  StaticRouter named(two_instances(0));
  TestingWaiter one;
  named.acquire(1, {"lab", "other"}, one);
  EXPECT_EQ(one.status, 404U);
  StaticRouter any({{{"", "", {at(7)}}, {"lab", "hello", {at(8)}}}});
  TestingWaiter other;
  any.acquire(1, {"lab", "other"}, other);
  EXPECT_EQ(other.port, 7);
  any.acquire(2, kHello, other);
  EXPECT_EQ(other.port, 8);
  any.acquire(3, {}, other);
  EXPECT_EQ(other.port, 7);
}

}  // namespace
}  // namespace faastax::gateway
