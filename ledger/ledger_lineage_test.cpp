// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "ledger/ledger.hpp"
#include "ledger/testdata/script.hpp"

/// DESIGN §1: who works for which sandbox, as stories of one node.
namespace faastax::ledger {
namespace {

using testdata::kMs;
using testdata::Script;

TEST(LedgerLineage, TheRuntimeOwnsItsTimeAndServesTheFunction) {
  Script node;
  const auto sandbox = node.start("a", 7, "server", "runc");
  node.run(sandbox.runtime, kMs);
  node.ready(7);
  node.run(sandbox.runtime, 2 * kMs, Phase::kIdle);
  node.run(sandbox.runtime, 4 * kMs, Phase::kStopped);
  node.finish(sandbox);
  EXPECT_EQ(node.component("runc", Activity::kCreate), kMs);
  EXPECT_EQ(node.component("runc", Activity::kManage), 2 * kMs);
  EXPECT_EQ(node.component("runc", Activity::kTeardown), 4 * kMs);
  EXPECT_EQ(node.function("server", Activity::kCreate), kMs);
  EXPECT_EQ(node.function("server", Activity::kTeardown), 4 * kMs);
  EXPECT_EQ(node.instances().at(0).own_seconds, 0);
}

/// containerd's way: a client, a shim that daemonizes, `create`, `start`, `delete`.
void run_through_containerd(Script& node) {
  const AccountKey daemon = node.found("containerd");
  const AccountKey client = node.spawn(node.shell(), "ctr", {.verb = Verb::kRun});
  node.run(client, kMs);
  const AccountKey starter = node.spawn(daemon, "containerd-shim", {.verb = Verb::kStart, .sandbox = "a"});
  node.apply(ClientNamed{node.now(), client, "a"});
  const AccountKey shim = node.spawn(starter, "containerd-shim", {.sandbox = "a"});
  node.run(starter, kMs);
  node.exit(starter);
  const AccountKey create = node.spawn(shim, "runc", {.verb = Verb::kCreate, .sandbox = "a"});
  node.make(7, "/default/a", create);
  const AccountKey init = node.fork(create);
  node.exec(init, "runc");  // `runc init`
  const AccountKey main = node.move(init, 7);
  node.enter(7, main);
  node.run(create, kMs);
  node.run(main, kMs);
  node.exit(create);
  const AccountKey plugin = node.spawn(client, "bridge", {.verb = Verb::kCniAdd, .sandbox = "default-a"});
  node.run(plugin, kMs);
  node.exit(plugin);
  const AccountKey start = node.spawn(shim, "runc", {.verb = Verb::kStart, .sandbox = "a"});
  node.run(start, kMs);
  node.exec(main, "server", {.first = true});
  node.exit(start);
  node.run(shim, 2 * kMs, Phase::kStarting);
  node.run(daemon, kMs);
  node.exit(main, 0, true);
  node.run(shim, 4 * kMs, Phase::kStopped);
  node.run(client, 8 * kMs, Phase::kStopped);
  const AccountKey remove = node.spawn(shim, "runc", {.verb = Verb::kDelete, .sandbox = "a"});
  node.run(remove, kMs, Phase::kStopped);
  node.remove(7);
  const AccountKey unplug = node.spawn(client, "bridge", {.verb = Verb::kCniDel, .sandbox = "default-a"});
  node.run(unplug, kMs);
  for (const AccountKey account : {remove, unplug, shim, client}) node.exit(account);
  node.read();
  node.apply(WindowMarked{node.now(), false});
}

TEST(LedgerLineage, AClientThroughContainerd) {
  Script node;
  run_through_containerd(node);
  EXPECT_EQ(node.component("ctr", Activity::kCreate), kMs);
  EXPECT_EQ(node.component("ctr", Activity::kTeardown), 8 * kMs);
  EXPECT_EQ(node.component("containerd-shim", Activity::kCreate), kMs);
  EXPECT_EQ(node.component("containerd-shim", Activity::kManage), 2 * kMs);
  EXPECT_EQ(node.component("containerd-shim", Activity::kTeardown), 4 * kMs);
  EXPECT_EQ(node.component("runc", Activity::kCreate), 2 * kMs);
  EXPECT_EQ(node.component("runc", Activity::kTeardown), kMs);
  EXPECT_EQ(node.component("cni:bridge", Activity::kCreate), kMs);
  EXPECT_EQ(node.component("cni:bridge", Activity::kTeardown), kMs);
  EXPECT_EQ(node.component("containerd", Activity::kManage), kMs)
      << "it serves all sandboxes, and was never seen without any";
  EXPECT_EQ(node.function("server", Activity::kCreate), 6 * kMs);
  EXPECT_EQ(node.function("server", Activity::kTeardown), 14 * kMs);
  EXPECT_EQ(node.totals().started, 1U);
  EXPECT_EQ(node.totals().stopped, 1U);
  EXPECT_EQ(node.totals().unsettled, 0U);
}

TEST(LedgerLineage, ExecInASandboxIsManageInAnyPhase) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  const AccountKey exec = node.spawn(node.shell(), "runc", {.verb = Verb::kExec});
  const AccountKey inside = node.move(node.fork(exec), 7);
  node.exec(inside, "sh");
  const AccountKey child = node.spawn(inside, "curl");
  node.run(exec, kMs, Phase::kIdle);
  node.run(inside, kMs, Phase::kBusy);
  node.run(child, kMs, Phase::kStopped);
  node.run(sandbox.main, kMs, Phase::kBusy);
  node.read();
  EXPECT_EQ(node.node(Activity::kManage), 3 * kMs);
  EXPECT_EQ(node.node(Activity::kHandle), kMs) << "the sandbox's own program is not touched by it";
}

TEST(LedgerLineage, WhatExecRunsIsManageWhateverItIsCalled) {
  Script node;
  node.start("a", 7);
  node.ready(7);
  const AccountKey exec = node.spawn(node.shell(), "runc", {.verb = Verb::kExec});
  const AccountKey inside = node.move(node.fork(exec), 7);
  for (const char* name : {"systemd", "ctr", "runc", "faastax"}) {
    node.exec(inside, name, {.verb = Verb::kRun, .sandbox = "inner"});
    node.run(inside, kMs, Phase::kBusy);
  }
  node.exit(inside);
  node.read();
  EXPECT_EQ(node.node(Activity::kManage), 4 * kMs);
  EXPECT_EQ(node.totals().create_failed, 0U);
}

TEST(LedgerLineage, ARuntimeInsideASandboxIsThatSandboxs) {
  Script node;
  const auto sandbox = node.start("docker-in-docker", 7);
  node.ready(7);
  const AccountKey inner = node.spawn(sandbox.main, "runc", {.verb = Verb::kRun, .sandbox = "inner"});
  node.make_part(70, 7);
  const AccountKey program = node.move(node.fork(inner), 70);
  node.run(inner, kMs, Phase::kBusy);
  node.run(program, kMs, Phase::kBusy);
  node.exit(program);
  node.exit(inner);
  node.read();
  EXPECT_EQ(node.function("server", Activity::kHandle), 2 * kMs);
  EXPECT_EQ(node.totals().started, 1U) << "one instance: the outer cgroup and all in it";
  EXPECT_EQ(node.totals().create_failed, 0U);
}

TEST(LedgerLineage, ADeleteAfterTheCgroupIsGoneIsStillItsTeardown) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.finish(sandbox);
  node.pass(2 * testdata::kSecond);
  const AccountKey shim =
      node.spawn(node.shell(), "containerd-shim", {.verb = Verb::kDelete, .sandbox = "a"});
  node.run(shim, kMs);
  node.exit(shim);
  node.read();
  EXPECT_EQ(node.component("containerd-shim", Activity::kTeardown), kMs);
  EXPECT_EQ(node.function("server", Activity::kTeardown), kMs);
}

TEST(LedgerLineage, AClientThatComesLate) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  const auto client = [&node] {
    const AccountKey account = node.spawn(node.shell(), "ctr");
    node.apply(ClientNamed{node.now(), account, "a"});
    node.run(account, kMs);
    node.exit(account);
    return account;
  };
  client();
  node.read();
  EXPECT_EQ(node.component("ctr", Activity::kManage), kMs) << "it runs: nothing is created any more";
  node.finish(sandbox);
  client();
  node.read();
  EXPECT_EQ(node.component("ctr", Activity::kTeardown), kMs);
  EXPECT_EQ(node.component("ctr", Activity::kCreate), 0U);
}

TEST(LedgerLineage, ImageWorkOfAClientIsManageAndNobodys) {
  Script node;
  const auto sandbox = node.start("a", 7);
  const AccountKey pull = node.spawn(node.shell(), "ctr", {.verb = Verb::kNone});
  const AccountKey prune = node.spawn(node.shell(), "ctr", {.verb = Verb::kDelete});
  for (const AccountKey account : {pull, prune}) {
    node.run(account, kMs);
    node.exit(account);
  }
  node.finish(sandbox);
  EXPECT_EQ(node.component("ctr", Activity::kManage), 2 * kMs);
  EXPECT_EQ(node.function("server").cpu.total(), 0U);
}

TEST(LedgerLineage, WithSystemdsDriverPidOneMakesTheCgroup) {
  Script node;
  const AccountKey systemd = node.found("systemd");
  const AccountKey runtime = node.spawn(node.shell(), "runc", {.verb = Verb::kCreate, .sandbox = "c0ffee"});
  node.run(runtime, kMs);
  node.make(7, "/kubepods.slice/cri-containerd-c0ffee.scope", systemd);
  node.identify(7, "shop", "c0ffee");
  const AccountKey main = node.move(node.fork(runtime), 7);
  node.enter(7, main);
  node.exec(main, "server", {.first = true});
  node.exit(runtime);
  node.read();
  EXPECT_EQ(node.totals().started, 1U);
  EXPECT_EQ(node.totals().create_failed, 0U);
  EXPECT_EQ(node.function("shop", Activity::kCreate), kMs);
  node.exit(main, 0, true);
  node.remove(7);
  EXPECT_EQ(node.totals().stopped, 1U);
}

TEST(LedgerLineage, ASandboxByRuleNeedsNoRuntime) {
  Script node;
  const AccountKey lab = node.found("faastax");
  node.make(7, "/faastax-lab/emergency/lab.shop/e-1", lab);
  node.identify(7, "shop", "e-1");
  const AccountKey main = node.fork(lab, 7);
  node.enter(7, main);
  node.exec(main, "server", {.first = true});
  node.run(main, kMs, Phase::kStarting);
  node.ready(7);
  node.read();
  EXPECT_EQ(node.totals().started, 1U);
  EXPECT_EQ(node.function("shop", Activity::kInit), kMs);
  EXPECT_EQ(node.instances().at(0).sandbox, "e-1");
}

TEST(LedgerLineage, ACopyOfATemplateStartsWithoutAnExec) {
  Script node;
  const AccountKey agent = node.found("emergency-agent");
  const AccountKey source = node.found("faastax-templat");
  node.run(agent, 3 * kMs);
  node.make(7, "/faastax-lab/emergency/lab.shop/e-1", agent);
  node.identify(7, "shop", "e-1");
  const AccountKey main = node.spawn_into(7, source, 2 * kMs);
  node.run(source, kMs);  // its answer
  node.run(main, 4 * kMs, Phase::kStarting);
  node.ready(7);
  node.run(main, 5 * kMs, Phase::kBusy);
  node.exit(main, 9, true);
  node.remove(7);
  node.read();
  EXPECT_EQ(node.totals().started, 1U);
  EXPECT_EQ(node.totals().create_failed, 0U);
  EXPECT_EQ(node.function("shop", Activity::kCreate), 2 * kMs);
  EXPECT_EQ(node.function("shop", Activity::kInit), 4 * kMs);
  EXPECT_EQ(node.function("shop", Activity::kHandle), 5 * kMs);
  EXPECT_EQ(node.component("template", Activity::kCreate), 2 * kMs);
  EXPECT_EQ(node.component("template", Activity::kManage), kMs);
  EXPECT_EQ(node.component("emergency-agent", Activity::kManage), 3 * kMs);
  EXPECT_EQ(node.instances().at(0).own_seconds, 0.009);
  EXPECT_EQ(node.totals().residual, 0);
}

TEST(LedgerLineage, ACopyThatNoRuleNamesIsOfItsTemplatesFunction) {
  Script node;
  const AccountKey source = node.found("zygote");
  for (CgroupId cgroup = 7; cgroup < 9; ++cgroup) {
    node.make(cgroup, "/mine/e-" + std::to_string(cgroup), node.found("spawner"));
    node.spawn_into(cgroup, source, kMs);
  }
  node.read();
  EXPECT_EQ(node.function("zygote", Activity::kCreate), 2 * kMs) << "one function, not one an instance";
}

TEST(LedgerLineage, AForkIsBookedOnceWhateverIsReadFirst) {
  Script node;
  const AccountKey source = node.found("faastax-templat");
  node.make(7, "/faastax-lab/emergency/lab.shop/e-1", node.found("emergency-agent"));
  node.identify(7, "shop", "e-1");
  const CellsRead before = node.copy_tables();
  node.spawn_into(7, source, 2 * kMs);
  node.apply(before);
  node.read();
  EXPECT_EQ(node.component("template", Activity::kCreate), 2 * kMs);
  EXPECT_EQ(node.component("template", Activity::kManage), 0U);
  EXPECT_EQ(node.totals().residual, 0);
}

TEST(LedgerLineage, AnIdUsedAgainIsAnotherInstance) {
  Script node;
  for (CgroupId cgroup = 7; cgroup < 10; ++cgroup) {
    const auto sandbox = node.start("a", cgroup, "f" + std::to_string(cgroup));
    node.run(sandbox.runtime, kMs);
    node.finish(sandbox);
  }
  EXPECT_EQ(node.totals().started, 3U);
  EXPECT_EQ(node.totals().stopped, 3U);
  for (const char* function : {"f7", "f8", "f9"}) EXPECT_EQ(node.function(function, Activity::kCreate), kMs);
}

TEST(LedgerLineage, TwoRuntimesWithTheSameIdMakeTwoInstances) {
  Script node;
  const AccountKey first = node.spawn(node.shell(), "runc", {.verb = Verb::kRun, .sandbox = "a"});
  const AccountKey second = node.spawn(node.shell(), "crun", {.verb = Verb::kRun, .sandbox = "a"});
  const AccountKey runtimes[] = {first, second};
  for (int i = 0; i < 2; ++i) {
    const CgroupId cgroup = 7 + static_cast<CgroupId>(i);
    node.make(cgroup, i == 0 ? "/one/a" : "/two/a", runtimes[i]);
    const AccountKey main = node.move(node.fork(runtimes[i]), cgroup);
    node.enter(cgroup, main);
    node.exec(main, i == 0 ? "one" : "two", {.first = true});
    node.run(runtimes[i], kMs, Phase::kStarting);
    node.exit(main, 0, true);
  }
  node.read();
  EXPECT_EQ(node.totals().started, 2U);
  EXPECT_EQ(node.function("one", Activity::kManage), kMs);
  EXPECT_EQ(node.function("two", Activity::kManage), kMs);
  node.remove(7);
  node.remove(8);
  EXPECT_EQ(node.totals().stopped, 2U);
}

TEST(LedgerLineage, OfTwoRuntimesWithTheSameIdOneMayFail) {
  Script node;
  const AccountKey first = node.spawn(node.shell(), "runc", {.verb = Verb::kRun, .sandbox = "a"});
  const AccountKey second = node.spawn(node.shell(), "runc", {.verb = Verb::kRun, .sandbox = "a"});
  node.exit(second, 1 << 8);
  node.read();
  EXPECT_EQ(node.totals().create_failed, 0U) << "the first is still at it";
  node.make(7, "/a", first);
  node.enter(7, node.move(node.fork(first), 7));
  EXPECT_EQ(node.totals().started, 1U);
}

}  // namespace
}  // namespace faastax::ledger
