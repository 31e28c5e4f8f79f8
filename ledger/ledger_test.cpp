// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ledger/testdata/script.hpp"

/// DESIGN §1, row by row, as stories of one node.
namespace faastax::ledger {
namespace {

using testdata::balance_of;
using testdata::kMs;
using testdata::kSecond;
using testdata::own_of;
using testdata::Script;
using Change = CgroupChanged::Change;

void expect_balance(const Script& node) {
  const auto balance = balance_of(node.totals(), own_of(node));
  EXPECT_EQ(balance.difference, 0);
  EXPECT_EQ(balance.owners, 0) << "nothing may be unsettled here";
}

TEST(Ledger, AServersLifeIsCreateInitIdleHandleTeardown) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.run(sandbox.main, 1 * kMs, Phase::kBeforeExec);
  node.run(sandbox.main, 2 * kMs, Phase::kStarting);
  node.read();
  EXPECT_EQ(node.totals().unsettled, 2 * kMs) << "until it is ready";
  EXPECT_EQ(node.node(Activity::kInit), 0U);
  node.ready(7);
  node.run(sandbox.main, 4 * kMs, Phase::kIdle);
  node.run(sandbox.main, 8 * kMs, Phase::kBusy);
  node.request(7, node.now() - 8 * kMs);
  node.stop(7, 15);
  node.run(sandbox.main, 16 * kMs, Phase::kStopped);
  node.finish(sandbox, 15);
  EXPECT_EQ(node.function("server", Activity::kCreate), 1 * kMs);
  EXPECT_EQ(node.function("server", Activity::kInit), 2 * kMs);
  EXPECT_EQ(node.function("server", Activity::kIdle), 4 * kMs);
  EXPECT_EQ(node.function("server", Activity::kHandle), 8 * kMs);
  EXPECT_EQ(node.function("server", Activity::kTeardown), 16 * kMs);
  EXPECT_EQ(node.function("server").ended.at("signal"), 1U);
  expect_balance(node);
}

TEST(Ledger, WhatInterruptsTookIsTheirsAndCountedBesideTheInstancesOwn) {
  Script node;
  const auto sandbox = node.start("a", 7);
  const AccountKey net_rx = node.interrupt("softirq:net_rx");
  node.ready(7);
  node.run(sandbox.main, 8 * kMs, Phase::kIdle);
  node.carve(sandbox.main, net_rx, 2 * kMs);
  node.carve(node.shell(), net_rx, 1 * kMs);
  node.stop(7, 15);
  node.finish(sandbox, 15);
  EXPECT_EQ(node.component("softirq:net_rx", Activity::kOther), 3 * kMs);
  EXPECT_EQ(node.function("server", Activity::kIdle), 8 * kMs);
  EXPECT_DOUBLE_EQ(node.instances().at(0).own_seconds, 0.008);
  EXPECT_DOUBLE_EQ(node.instances().at(0).carved_seconds, 0.002);
  EXPECT_EQ(node.totals().carved, 3 * kMs);
  expect_balance(node);
}

TEST(Ledger, WhatIsTakenBackAfterItWasReadIsNoLongerTheSandboxsOwn) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  node.run(sandbox.main, 7 * kMs, Phase::kIdle);
  node.misjudge(sandbox.main, 3 * kMs, Phase::kIdle);
  node.read();
  node.misjudge(sandbox.main, -3 * static_cast<std::int64_t>(kMs), Phase::kIdle);
  node.stop(7, 15);
  node.finish(sandbox, 15);
  EXPECT_DOUBLE_EQ(node.instances().at(0).own_seconds, 0.007);
  EXPECT_EQ(node.component("overbooked", Activity::kIdle), 3 * kMs);
  EXPECT_EQ(node.function("server", Activity::kIdle), 10 * kMs) << "a counter cannot fall";
  EXPECT_EQ(node.totals().residual, -static_cast<std::int64_t>(3 * kMs)) << "and the CPU was not used";
  expect_balance(node);
}

TEST(Ledger, WhatIsTakenBackBeforeItWasSettledIsInNoCell) {
  Script node;
  const auto sandbox = node.start("a", 7);
  const AccountKey child = node.fork(sandbox.main);
  node.run(child, 10 * kMs, Phase::kStarting);
  node.read();
  node.misjudge(child, -3 * static_cast<std::int64_t>(kMs), Phase::kStarting);
  node.exit(child);
  node.read();
  node.ready(7);
  node.read();
  EXPECT_EQ(node.function("server", Activity::kInit), 7 * kMs);
  EXPECT_EQ(node.component("overbooked", Activity::kInit), 0U);
  EXPECT_DOUBLE_EQ(node.instances().at(0).own_seconds, 0.007);
  expect_balance(node);
}

TEST(Ledger, AJobsTimeIsHandleAndOneRequest) {
  Script node;
  const auto sandbox = node.start("a", 7, "job");
  node.run(sandbox.main, 5 * kMs, Phase::kStarting);
  node.finish(sandbox);
  EXPECT_EQ(node.function("job", Activity::kHandle), 5 * kMs);
  EXPECT_EQ(node.function("job").completed, 1U);
  EXPECT_EQ(node.instances().at(0).kind, "job");
  EXPECT_EQ(node.instances().at(0).ended, "exit:0");
  expect_balance(node);
}

TEST(Ledger, WhatAServerUsedBeforeItWasReadyIsInitEvenIfReadLater) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.run(sandbox.main, 5 * kMs, Phase::kStarting);
  node.ready(7);
  node.read();
  EXPECT_EQ(node.node(Activity::kInit), 5 * kMs);
  EXPECT_EQ(node.totals().unsettled, 0U);
}

TEST(Ledger, FiveMoreMinutesAfterTenAreHandle) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.run(sandbox.main, 600 * kSecond, Phase::kStarting);
  node.pass(1);
  node.read();
  EXPECT_EQ(node.node(Activity::kHandle), 600 * kSecond);
  node.run(sandbox.main, 300 * kSecond, Phase::kStarting);
  node.read();
  EXPECT_EQ(node.node(Activity::kHandle), 900 * kSecond);
  EXPECT_EQ(node.totals().unsettled, 0U);
}

TEST(Ledger, RequestsOpenAtSigtermStayHandle) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  node.stop(7, 15);
  node.run(sandbox.main, 1 * kSecond, Phase::kBusy);
  node.request(7, node.now() - kSecond);
  node.run(sandbox.main, 1 * kSecond, Phase::kStopped);
  node.finish(sandbox);
  EXPECT_EQ(node.function("server", Activity::kHandle), kSecond);
  EXPECT_EQ(node.function("server", Activity::kTeardown), kSecond);
  EXPECT_EQ(node.function("server").completed, 1U);
}

TEST(Ledger, ProbesAreManageAndNoRequests) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  node.run(sandbox.main, kMs, Phase::kProbed);
  node.apply(RequestEnded{.time = node.now(), .start = node.now() - kMs, .cgroup = 7, .probe = true});
  node.read();
  const FunctionTotals function = node.function("server");
  EXPECT_EQ(node.function("server", Activity::kManage), kMs);
  EXPECT_EQ(function.probes, 1U);
  EXPECT_EQ(function.completed + function.aborted, 0U);
  EXPECT_EQ(function.request_seconds.count(), 0U);
  expect_balance(node);
}

TEST(Ledger, RequestsKnownByBytesAloneAreInferred) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  node.run(sandbox.main, kMs, Phase::kBusy);
  node.run(sandbox.main, 2 * kMs, Phase::kOpaque);
  node.apply(RequestEnded{.time = node.now(), .start = node.now() - kMs, .cgroup = 7, .inferred = true});
  node.request(7, node.now() - kMs);
  node.read();
  const FunctionTotals function = node.function("server");
  const auto& handle = function.cpu.ns[index_of(Activity::kHandle)];
  EXPECT_EQ(handle[index_of(Evidence::kDirect)], kMs);
  EXPECT_EQ(handle[index_of(Evidence::kInferred)], 2 * kMs);
  EXPECT_EQ(function.completed, 2U);
  EXPECT_EQ(function.inferred_requests, 1U);
  expect_balance(node);
}

TEST(Ledger, WhoseRequestsCannotBeSeenHandlesByInference) {
  Script node;
  node.apply(Identified{.time = node.now(),
                        .cgroup = 7,
                        .sandbox = "a",
                        .space = "ns",
                        .function = "f",
                        .live = true,
                        .phase = Phase::kIdle,
                        .requests_hidden = true});
  const AccountKey server = node.found("server", 7);
  node.run(server, kMs, Phase::kIdle);
  node.read();
  const FunctionTotals function = node.totals().functions.at({"ns", "f", Track::kUnknown});
  EXPECT_EQ(function.cpu.ns[index_of(Activity::kHandle)][index_of(Evidence::kInferred)], kMs);
  EXPECT_EQ(function.cpu.of(Activity::kIdle), 0U);
  EXPECT_EQ(function.uncounted, 1U);
  const Report report = node.ledger().report({});
  EXPECT_FALSE(report.functions.at(0).requests.completed.has_value());
  EXPECT_FALSE(report.instances->at(0).requests.completed.has_value());
  expect_balance(node);
}

TEST(Ledger, ASandboxOfAnotherKernelHandlesByInference) {
  Script node;
  const auto sandbox = node.start("a", 7, "sentry", "runsc");
  node.run(sandbox.main, kMs, Phase::kStarting);
  node.finish(sandbox);
  const auto& handle = node.function("sentry").cpu.ns[index_of(Activity::kHandle)];
  EXPECT_EQ(handle[index_of(Evidence::kDirect)], 0U);
  EXPECT_EQ(handle[index_of(Evidence::kInferred)], kMs);
  EXPECT_EQ(node.function("sentry").completed, 0U);
  EXPECT_FALSE(node.ledger().report({}).functions.at(0).requests.completed.has_value());
  expect_balance(node);
}

TEST(Ledger, MostRequestsAtOnceByInstanceAndFunction) {
  Script node;
  node.start("a", 7);
  node.start("b", 8);
  node.apply(RequestsOpen{1, 7, 1, 3});
  node.apply(RequestsOpen{2, 8, 0, 2});
  const Report report = node.ledger().report({});
  EXPECT_EQ(report.functions.at(0).requests.in_flight_peak, 3U);
  EXPECT_EQ(report.instances->at(0).requests.in_flight_peak, 3U);
  EXPECT_EQ(report.instances->at(1).requests.in_flight_peak, 2U);
}

TEST(Ledger, ACgroupRemovedWithRequestsOpen) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  node.run(sandbox.main, kMs, Phase::kBusy);
  node.exit(sandbox.main, 9, true);
  node.remove(7);
  node.request(7, node.now() - kMs, true);  // the socket closes last
  node.exit(sandbox.runtime);
  node.read();
  EXPECT_EQ(node.function("server").aborted, 1U);
  EXPECT_EQ(node.function("server").completed, 0U);
  EXPECT_EQ(node.function("server", Activity::kHandle), kMs);
  EXPECT_EQ(node.totals().stopped, 1U);
  expect_balance(node);
}

TEST(Ledger, FrozenIsIdleAndFreezingManage) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  const AccountKey pause = node.spawn(node.shell(), "runc", {.verb = Verb::kPause, .sandbox = "a"});
  node.change(7, Change::kFrozen);
  node.run(pause, kMs, Phase::kIdle);
  node.exit(pause);
  node.pass(10 * kSecond);
  node.change(7, Change::kThawed);
  node.finish(sandbox);
  EXPECT_EQ(node.function("server", Activity::kManage), kMs);
}

TEST(Ledger, MemoryIsOnesOwnAndNotItsParts) {
  Script node;
  node.start("a", 7);
  node.make_part(70, 7);
  node.memory(70, InstanceState::kStarting, 5000);
  node.memory(7, InstanceState::kStarting, 100);
  node.memory(99, InstanceState::kStarting, 9000);
  EXPECT_DOUBLE_EQ(node.totals().memory_byte_seconds[index_of(InstanceState::kStarting)], 100)
      << "the sandbox's cgroup has its parts' charges, and nobody knows 99";
}

TEST(Ledger, MemoryReadAfterTheEndIsBookedAndReservesNothing) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.pass(kSecond);
  node.memory(7, InstanceState::kStarting, 100, 100, 512);
  node.finish(sandbox);
  node.pass(kSecond);
  node.memory(7, InstanceState::kStopping, 30, 100, 512);
  const Totals totals = node.totals();
  EXPECT_DOUBLE_EQ(totals.memory_byte_seconds[index_of(InstanceState::kStopping)], 30);
  EXPECT_DOUBLE_EQ(node.function("server").memory_byte_seconds[index_of(InstanceState::kStopping)], 30);
  EXPECT_DOUBLE_EQ(totals.reserved_byte_seconds, 512);
  EXPECT_EQ(totals.reserved_bytes, 0U);
  EXPECT_EQ(totals.memory_bytes[index_of(InstanceState::kStopping)], 0U);
}

TEST(Ledger, LimitsOfLiveInstancesAreReserved) {
  Script node;
  node.adopt(7, "shop", Phase::kIdle);
  node.adopt(8, "free", Phase::kIdle);
  node.pass(2 * kSecond);
  node.memory(7, InstanceState::kIdle, 200, 100, 1000);
  node.memory(8, InstanceState::kIdle, 200, 100, 0);
  node.pass(3 * kSecond);
  node.memory(7, InstanceState::kIdle, 200, 100, 500);
  EXPECT_DOUBLE_EQ(node.totals().reserved_byte_seconds, 2 * 1000 + 3 * 500);
  EXPECT_EQ(node.totals().reserved_bytes, 500U) << "one without a limit reserves nothing";
}

TEST(Ledger, DyingCgroupsAreUnknownUntilTheyAreCounted) {
  Script node;
  EXPECT_FALSE(node.totals().dying_cgroups.has_value());
  node.apply(DyingCgroupsCounted{3});
  EXPECT_EQ(node.totals().dying_cgroups, 3U);
}

TEST(Ledger, EmptiedSandboxesAreStoppedThoughNobodyKnewTheirMainProcess) {
  Script node;
  node.adopt(7, "shop", Phase::kIdle);
  const AccountKey worker = node.found("worker", 7);
  node.change(7, Change::kEmpty);
  node.run(worker, kMs, Phase::kStopped);
  node.read();
  node.remove(7);
  EXPECT_EQ(node.totals().stopped, 1U);
  EXPECT_EQ(node.function("shop").cpu.of(Activity::kTeardown), kMs);
}

TEST(Ledger, AnEmptyPartSaysNothingOfItsSandbox) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.ready(7);
  node.make_part(70, 7);
  const AccountKey worker = node.fork(sandbox.main, 70);
  node.run(worker, kMs, Phase::kBusy);
  node.exit(worker);
  node.change(70, Change::kEmpty);
  node.remove(70);
  node.read();
  EXPECT_EQ(node.totals().stopped, 0U);
  EXPECT_EQ(node.function("server", Activity::kHandle), kMs) << "the part's time is the instance's";
  EXPECT_EQ(node.function("server").instances[index_of(InstanceState::kIdle)], 1U);
}

TEST(Ledger, OutOfMemoryIsHowItEnded) {
  Script node;
  const auto sandbox = node.start("a", 7);
  node.apply(OutOfMemory{node.now(), 7, 1});
  node.finish(sandbox, 9);
  EXPECT_EQ(node.instances().at(0).ended, "oom");
  EXPECT_EQ(node.function("server").ended.at("oom"), 1U);
}

TEST(Ledger, InstancesAliveAtAttach) {
  Script node;
  node.adopt(7, "shop", Phase::kIdle);
  const AccountKey server = node.found("python", 7);
  node.run(server, kMs, Phase::kBusy);
  node.request(7, node.now() - kMs);
  node.read();
  EXPECT_EQ(node.totals().live_at_attach, 1U);
  EXPECT_EQ(node.totals().started, 0U);
  EXPECT_EQ(node.function("shop", Activity::kHandle), kMs);
  EXPECT_EQ(node.function("shop").completed, 1U);
  expect_balance(node);
}

TEST(Ledger, StartsEndsAndTheLivingAddUp) {
  Script node;
  node.adopt(7, "shop", Phase::kIdle);
  node.apply(WindowMarked{node.now(), true});
  const auto ended = node.start("a", 8);
  node.start("b", 9);
  node.spawn(node.shell(), "crun", {.verb = Verb::kRun, .sandbox = "refused"});
  node.finish(ended);
  const AccountKey refused = node.spawn(node.shell(), "crun", {.verb = Verb::kRun, .sandbox = "refused too"});
  node.exit(refused, 1 << 8);
  node.remove(7);
  node.read();
  node.apply(WindowMarked{node.now(), false});
  const Report report = node.ledger().report({});
  EXPECT_EQ(report.live_at_start, 1U);
  EXPECT_EQ(report.started, 3U);
  EXPECT_EQ(report.stopped, 2U);
  EXPECT_EQ(report.create_failed, 1U);
  EXPECT_EQ(report.live_at_end, 1U);
  EXPECT_EQ(report.live_at_start + report.started,
            report.stopped + report.create_failed + report.live_at_end);
}

TEST(Ledger, AnInstanceWithAnOpenRequestIsBusyInTheGauges) {
  Script node;
  node.start("c1", 7);
  node.ready(7);
  const auto busy = [&node] {
    std::uint64_t sum = 0;
    for (const auto& [name, function] : node.totals().functions) {
      sum += function.instances[index_of(InstanceState::kBusy)];
    }
    return sum;
  };
  node.apply(RequestsOpen{1, 7, 2});
  EXPECT_EQ(busy(), 1U);
  node.apply(RequestsOpen{2, 7, 0});
  EXPECT_EQ(busy(), 0U);
}

}  // namespace
}  // namespace faastax::ledger
