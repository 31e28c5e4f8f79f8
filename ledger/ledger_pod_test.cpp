// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "ledger/testdata/script.hpp"

/// A pod is one instance: its pause program, its user's containers and, as a component, its sidecar.
namespace faastax::ledger {
namespace {

using testdata::balance_of;
using testdata::kMs;
using testdata::own_of;
using testdata::Script;

class LedgerPod : public ::testing::Test {
 protected:
  struct Container {
    AccountKey runtime = 0;
    AccountKey main = 0;
    CgroupId cgroup = 0;
  };

  void SetUp() override {
    shim = node.spawn(node.shell(), "containerd-shim", {.verb = Verb::kStart, .sandbox = "aaaa"});
  }

  /// The shim has the runtime make a container in the pod "f-1".
  Container add(const std::string& id, CgroupId cgroup, const std::string& program) {
    Container one{.cgroup = cgroup};
    one.runtime = node.spawn(shim, "runc", {.verb = Verb::kCreate, .sandbox = id});
    node.run(one.runtime, 2 * kMs);
    node.read();
    node.make(cgroup, "/faastax-lab/regular/ns.f/f-1/" + id, one.runtime);
    node.identify(cgroup, "f", "f-1");
    one.main = node.move(node.fork(one.runtime), cgroup);
    node.enter(cgroup, one.main);
    node.run(one.main, 1 * kMs);
    node.exec(one.main, program, {.first = true});
    node.exit(one.runtime);
    node.read();
    return one;
  }
  void end(const Container& one) {
    node.exit(one.main, 0, true);
    node.remove(one.cgroup);
    node.read();
  }
  void expect_balance() {
    const auto balance = balance_of(node.totals(), own_of(node));
    EXPECT_EQ(balance.difference, 0);
    EXPECT_EQ(balance.owners, 0);
  }

  Script node;
  AccountKey shim = 0;
};

TEST_F(LedgerPod, IsOneInstanceWithItsFunctionAndTrack) {
  const auto pause = add("aaaa", 7, "pause");
  const auto user = add("bbbb", 8, "function");
  node.run(user.main, 4 * kMs, Phase::kStarting);
  node.ready(8);
  node.run(user.main, 8 * kMs, Phase::kBusy);
  node.request(8, node.now() - 8 * kMs);
  node.run(pause.main, 1 * kMs, Phase::kStarting);
  node.read();
  end(user);
  end(pause);
  node.exit(shim);
  node.read();
  ASSERT_EQ(node.instances().size(), 1U);
  EXPECT_EQ(node.instances().at(0).sandbox, "f-1");
  EXPECT_EQ(node.instances().at(0).kind, "server");
  EXPECT_EQ(node.instances().at(0).track, Track::kRegular);
  EXPECT_EQ(node.function("f").started, 1U);
  EXPECT_EQ(node.function("f").completed, 1U);
  EXPECT_EQ(node.function("f", Activity::kCreate), 6 * kMs)
      << "of both containers, also before they were known";
  EXPECT_EQ(node.function("f", Activity::kInit), 5 * kMs) << "the pause program's as well";
  EXPECT_EQ(node.function("f", Activity::kHandle), 8 * kMs);
  EXPECT_EQ(node.totals().create_failed, 0U);
  EXPECT_EQ(node.totals().stopped, 1U);
  expect_balance();
}

TEST_F(LedgerPod, ASidecarIsAComponentWhoseSocketsMakeNothingReady) {
  const auto pause = add("aaaa", 7, "pause");
  const auto user = add("bbbb", 8, "function");
  const auto proxy = add("cccc", 9, "faastax-gateway");
  node.run(proxy.main, 1 * kMs, Phase::kStarting);
  node.ready(9);
  node.request(9, node.now());
  node.read();
  EXPECT_EQ(node.totals().unsettled, 0U);
  EXPECT_EQ(node.component("gateway", Activity::kCreate), 1 * kMs);
  node.ready(8);
  node.run(proxy.main, 3 * kMs, Phase::kBusy);
  node.request(8, node.now());
  node.read();
  EXPECT_EQ(node.component("gateway", Activity::kRoute), 3 * kMs);
  EXPECT_EQ(node.function("f", Activity::kRoute), 3 * kMs);
  EXPECT_EQ(node.function("f").completed, 1U);
  node.exit(proxy.main, 0, true);
  EXPECT_EQ(node.totals().stopped, 0U);
  end(user);
  end(pause);
  EXPECT_EQ(node.function("f").started, 1U);
  expect_balance();
}

TEST_F(LedgerPod, OneWhoseFunctionNeverRanIsAFailedCreation) {
  const auto pause = add("aaaa", 7, "pause");
  end(pause);
  EXPECT_EQ(node.function("f").started, 1U);
  EXPECT_EQ(node.totals().create_failed, 1U);
  expect_balance();
}

TEST_F(LedgerPod, TheNextOfThatNameIsAnotherInstance) {
  end(add("aaaa", 7, "pause"));
  shim = node.spawn(node.shell(), "containerd-shim", {.verb = Verb::kStart, .sandbox = "dddd"});
  const auto pause = add("dddd", 17, "pause");
  end(add("eeee", 18, "function"));
  end(pause);
  EXPECT_EQ(node.function("f").started, 2U);
  EXPECT_EQ(node.totals().stopped, 1U);
}

}  // namespace
}  // namespace faastax::ledger
