// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/policy_router.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "controlplane/gateway/testing_waiter.hpp"
#include "controlplane/policy/keep_alive.hpp"
#include "controlplane/policy/registry.hpp"

namespace faastax::gateway {
namespace {

using std::chrono::seconds;

/// A back-end whose instances do what the test says.
class Workshop : public sandbox::Backend {
 public:
  void listen(sandbox::InstanceListener listener) override { listener_ = std::move(listener); }
  void prepare(const sandbox::InstanceSpec&) override { ++prepared; }
  void start(const sandbox::InstanceSpec& spec) override { started.push_back(spec.instance); }
  void stop(const std::string& instance) override { stopped.push_back(instance); }
  void tell(const sandbox::InstanceEvent& event) { listener_(event); }
  void ready(const std::string& instance, std::uint16_t port) {
    tell(sandbox::InstanceReady{instance, "127.0.0.1", port, "", "here"});
  }

  int prepared = 0;
  std::vector<std::string> started;
  std::vector<std::string> stopped;

 private:
  sandbox::InstanceListener listener_;
};

/// Keeps what it was told of requests and failures.
class Listener final : public PolicyObserver {
 public:
  void failed(policy::Time, const SeenInstance&, const std::string&) override { ++failures; }
  void launched(policy::Time, const SeenInstance&) override { ++launches; }
  void sent(policy::FunctionId, const Sent& how, const std::string&) override { sends.push_back(how); }

  int failures = 0;
  int launches = 0;
  std::vector<Sent> sends;
};

class PolicyRouterTest : public testing::Test {
 protected:
  PolicyRouterTest() {
    sandbox::InstanceSpec spec;
    spec.space = "lab";
    spec.function = "hello";
    policy::Dispatcher dispatcher(std::make_unique<policy::KeepAlive>(seconds(60)),
                                  {.instances = 4, .concurrency = 1});
    router = std::make_unique<PolicyRouter>(
        io, std::move(dispatcher), PolicyRouterOptions{.functions = {spec}, .policy = "sync", .queue = 3},
        Backends{&workshop, nullptr}, observer);
    router->on_leaving([this](InstanceId id) { left.push_back(id); });
    router->begin();
  }
  void ask(RequestId request) { router->acquire(request, {"lab", "hello"}, w[request]); }

  boost::asio::io_context io;
  Workshop workshop;
  Listener observer;
  std::unique_ptr<PolicyRouter> router;
  std::vector<InstanceId> left;
  std::array<TestingWaiter, 8> w;
};

TEST_F(PolicyRouterTest, StartsAnInstanceAndKeepsIt) {
  EXPECT_EQ(workshop.prepared, 1);
  ask(1);
  ASSERT_EQ(workshop.started, std::vector<std::string>{"hello-1"});
  EXPECT_EQ(w[1].grants, 0);
  workshop.ready("hello-1", 8080);
  EXPECT_EQ(w[1].port, 8080);
  router->release(1, Outcome::kAnswered);
  ask(2);
  EXPECT_EQ(w[2].instance, w[1].instance);
  EXPECT_EQ(workshop.started.size(), 1U);
}

TEST_F(PolicyRouterTest, TellsTheLoadOfItsFunctions) {
  ask(1);
  ask(2);
  workshop.ready("hello-1", 8080);
  const FunctionLoad load = router->load().at(0);
  EXPECT_EQ(load.space + '/' + load.function, "lab/hello");
  EXPECT_EQ(load.in_flight, 1U);
  EXPECT_EQ(load.waiting, 1U);
  ASSERT_EQ(load.tracks.size(), 2U);
  EXPECT_EQ(load.tracks[0].track, "regular");
  EXPECT_EQ(load.tracks[0].instances, 2U);
  EXPECT_EQ(load.tracks[0].decisions, 2U);
  EXPECT_EQ(load.tracks[1].instances + load.tracks[1].decisions, 0U);
}

TEST_F(PolicyRouterTest, BrokenInstanceIsRemovedAndItsConnectionsFirst) {
  ask(1);
  workshop.ready("hello-1", 8080);
  router->release(1, Outcome::kBroken);
  EXPECT_EQ(left, std::vector<InstanceId>{1});
  EXPECT_EQ(workshop.stopped, std::vector<std::string>{"hello-1"});
  workshop.tell(sandbox::InstanceGone{"hello-1", "stopped"});
  EXPECT_EQ(router->instances(), 0U);
}

TEST_F(PolicyRouterTest, WhatCouldNotBeSentIsServedByAnother) {
  ask(1);
  workshop.ready("hello-1", 8080);
  router->retry(1);
  EXPECT_EQ(workshop.stopped, std::vector<std::string>{"hello-1"});
  ASSERT_EQ(workshop.started.size(), 2U);
  workshop.ready("hello-2", 8081);
  EXPECT_EQ(w[1].port, 8081);
  EXPECT_EQ(w[1].grants, 2);
  router->release(1, Outcome::kAnswered);
  ASSERT_EQ(observer.sends.size(), 1U);
  EXPECT_EQ(observer.sends[0].send.instance, w[1].instance);
}

TEST_F(PolicyRouterTest, InstanceWhoseNetworkIsGoneIsNotUsed) {
  ask(1);
  workshop.tell(sandbox::InstanceReady{"hello-1", "127.0.0.1", 8080, "/proc/0/ns/net", "here"});
  EXPECT_EQ(w[1].grants, 0);
  EXPECT_EQ(observer.failures, 1);
  EXPECT_EQ(workshop.stopped, std::vector<std::string>{"hello-1"});
  workshop.tell(sandbox::InstanceGone{"hello-1", "stopped"});
  EXPECT_EQ(w[1].status, 503U);
  EXPECT_EQ(router->instances(), 0U);
}

TEST_F(PolicyRouterTest, NothingStartsBeforeItBegins) {
  sandbox::InstanceSpec spec;
  spec.function = "hello";
  Workshop other;
  Listener heard;
  const auto async = policy::choose_policy("async", {});
  ASSERT_TRUE(async);
  PolicyRouter early(io, policy::Dispatcher(async->type->make(async->values), {}),
                     {.functions = {spec}, .policy = "async"}, Backends{&other, nullptr}, heard);
  EXPECT_TRUE(other.started.empty());
  early.begin();
  EXPECT_EQ(other.started.size(), 1U);
  EXPECT_EQ(heard.launches, 1);
}

TEST_F(PolicyRouterTest, FailedStartRefuses) {
  ask(1);
  workshop.tell(sandbox::InstanceFailed{"hello-1", "no memory"});
  EXPECT_EQ(w[1].status, 503U);
  EXPECT_EQ(router->instances(), 0U);
}

TEST_F(PolicyRouterTest, LostInstanceTellsItsRequests) {
  ask(1);
  workshop.ready("hello-1", 8080);
  workshop.tell(sandbox::InstanceGone{"hello-1", "killed"});
  EXPECT_TRUE(w[1].is_lost);
  EXPECT_TRUE(workshop.stopped.empty());
  router->release(1, Outcome::kBroken);
  EXPECT_EQ(router->instances(), 0U);
}

TEST_F(PolicyRouterTest, QueueIsBoundedInNumberAndTime) {
  for (RequestId i = 1; i <= 4; ++i) ask(i);
  EXPECT_EQ(w[4].status, 503U);
  router->abandon(2);
  ask(5);
  EXPECT_EQ(w[5].status, 0U);
  router->tick(Clock::now() + seconds(301));
  EXPECT_EQ(w[1].status, 504U);
  EXPECT_EQ(w[2].status, 0U);
  EXPECT_EQ(w[5].status, 504U);
}

TEST_F(PolicyRouterTest, ClosesWhenTheLastInstanceIsGone) {
  ask(1);
  workshop.ready("hello-1", 8080);
  bool closed = false;
  router->close([&] { closed = true; });
  router->release(1, Outcome::kAnswered);
  io.run();
  EXPECT_FALSE(closed);
  EXPECT_EQ(workshop.stopped.size(), 1U);
  workshop.tell(sandbox::InstanceGone{"hello-1", "stopped"});
  io.restart();
  io.run();
  EXPECT_TRUE(closed);
}

TEST_F(PolicyRouterTest, KnowsItsFunctions) {
  router->acquire(1, {"lab", "other"}, w[1]);
  EXPECT_EQ(w[1].status, 404U);
}

}  // namespace
}  // namespace faastax::gateway
