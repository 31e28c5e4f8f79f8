// SPDX-License-Identifier: Apache-2.0
#include "ledger/instance_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ledger/testdata/script.hpp"

namespace faastax::ledger {
namespace {

using testdata::kSecond;

Identified answer(CgroupId cgroup, const std::string& function, bool live = false,
                  Phase phase = Phase::kBeforeExec) {
  return {kSecond, cgroup, function + "-1", "lab", function, Track::kRegular, live, phase};
}

struct InstanceTableTest : testing::Test {
  Books books;
  InstanceTable table{books, true};

  /// A sandbox whose program has started at 2 s.
  InstancePtr running(const std::string& sandbox, CgroupId cgroup) {
    InstancePtr instance = table.named(sandbox, kSecond);
    table.enter(instance, cgroup, kSecond + 1);
    table.execute(*instance, 2 * kSecond, sandbox);
    return instance;
  }
  const FunctionTotals& function(const std::string& name) { return books.of({"", name, Track::kUnknown}); }
  double byte_seconds(InstanceState state) const {
    return books.totals().memory_byte_seconds[index_of(state)];
  }
};

TEST_F(InstanceTableTest, NamingAloneStartsNothing) {
  const InstancePtr named = table.named("a", kSecond);
  EXPECT_EQ(table.named("a", 2 * kSecond), named);
  EXPECT_EQ(table.by_sandbox("a"), named);
  EXPECT_EQ(books.totals().started, 0U);
  table.enter(named, 7, 3 * kSecond);
  EXPECT_EQ(books.totals().started, 1U);
  EXPECT_EQ(table.by_cgroup(7), named);
}

TEST_F(InstanceTableTest, AFailedStartIsStartedAndCreateFailed) {
  const InstancePtr instance = table.named("a", kSecond);
  books.book_component("runc", Activity::kCreate, Evidence::kDirect, 5, instance.get());
  table.fail(*instance, 2 * kSecond);
  table.fail(*instance, 3 * kSecond);
  EXPECT_EQ(books.totals().started, 1U);
  EXPECT_EQ(books.totals().create_failed, 1U);
  EXPECT_EQ(books.totals().stopped, 0U);
  EXPECT_EQ(describe_end(*instance), "create_failed");
  EXPECT_EQ(function("unknown").cpu.of(Activity::kCreate), 5U) << "its cost is kept";
  EXPECT_EQ(function("unknown").ended.at("create_failed"), 1U);
  EXPECT_EQ(function("unknown").completed, 0U);
}

TEST_F(InstanceTableTest, ACgroupThatGoesBeforeTheFirstExecIsAFailedStart) {
  const InstancePtr instance = table.named("a", kSecond);
  table.enter(instance, 7, kSecond);
  table.remove(7, 2 * kSecond);
  EXPECT_EQ(books.totals().create_failed, 1U);
  EXPECT_EQ(end_reason(*instance), "create_failed");
}

TEST_F(InstanceTableTest, AMadeSandboxIsNotFailedByItsRuntimesEnd) {
  const InstancePtr instance = running("a", 7);
  table.fail(*instance, 3 * kSecond);
  EXPECT_FALSE(instance->is_over());
}

TEST_F(InstanceTableTest, ReadyOnceAndNeverLater) {
  const InstancePtr instance = running("a", 7);
  books.hold(*instance, 40);
  table.become_ready(*instance, 3 * kSecond);
  table.become_ready(*instance, 9 * kSecond);
  EXPECT_EQ(instance->ready, 3 * kSecond);
  EXPECT_EQ(instance->cpu.of(Activity::kInit), 40U);
  EXPECT_EQ(instance->state, InstanceState::kIdle);
  EXPECT_EQ(function("a").cold_start_seconds.count(), 1U);
  EXPECT_NEAR(function("a").cold_start_seconds.sum(), 2, 1e-9) << "from the naming, not from the cgroup";
}

TEST_F(InstanceTableTest, AnEndBeforeReadinessIsAJob) {
  const InstancePtr instance = running("a", 7);
  books.hold(*instance, 40);
  table.stop(*instance, 5 * kSecond);
  EXPECT_EQ(instance->cpu.of(Activity::kHandle), 40U);
  table.remove(7, 6 * kSecond);
  EXPECT_EQ(function("a").completed, 1U);
  EXPECT_NEAR(function("a").request_seconds.sum(), 3, 1e-9) << "from its exec to its stop";
  EXPECT_EQ(function("a").served_none, 0U);
}

TEST_F(InstanceTableTest, TenMinutesWithoutReadinessMakeAJob) {
  const InstancePtr instance = running("a", 7);
  books.hold(*instance, 40);
  table.advance(602 * kSecond);
  EXPECT_EQ(instance->settlement, Settlement::kOpen);
  table.advance(602 * kSecond + 1);
  EXPECT_EQ(instance->settlement, Settlement::kJob);
  EXPECT_EQ(instance->cpu.of(Activity::kHandle), 40U);
  EXPECT_EQ(books.totals().unsettled, 0U);
}

TEST_F(InstanceTableTest, AListenerAfterTenMinutesMakesItReady) {
  const InstancePtr instance = running("a", 7);
  books.hold(*instance, 40);
  table.advance(603 * kSecond);
  table.become_ready(*instance, 700 * kSecond);
  EXPECT_EQ(instance->cpu.of(Activity::kHandle), 40U) << "cells never shrink";
  EXPECT_EQ(instance->ready, 700 * kSecond);
  EXPECT_EQ(instance->state, InstanceState::kIdle) << "it waits for requests now";
}

TEST_F(InstanceTableTest, WhatListensAfterItsStopIsNotReady) {
  const InstancePtr instance = running("a", 7);
  table.stop(*instance, 3 * kSecond);
  table.become_ready(*instance, 4 * kSecond);
  EXPECT_EQ(instance->state, InstanceState::kStopping);
  EXPECT_EQ(instance->ready, 0U);
}

TEST_F(InstanceTableTest, AServerWithoutARequestServedNone) {
  const InstancePtr served = running("a", 7);
  const InstancePtr lonely = running("b", 8);
  for (const InstancePtr& instance : {served, lonely}) table.become_ready(*instance, 3 * kSecond);
  table.end_request(*served, {5 * kSecond, 4 * kSecond, 7, false});
  table.remove(7, 9 * kSecond);
  table.remove(8, 9 * kSecond);
  EXPECT_EQ(function("a").served_none, 0U);
  EXPECT_EQ(function("b").served_none, 1U);
}

TEST_F(InstanceTableTest, RequestsAreCompletedOrAborted) {
  const InstancePtr instance = running("a", 7);
  table.become_ready(*instance, 3 * kSecond);
  table.end_request(*instance, {5 * kSecond, 4 * kSecond, 7, false});
  table.end_request(*instance, {8 * kSecond, 6 * kSecond, 7, true});
  EXPECT_EQ(function("a").completed, 1U);
  EXPECT_EQ(function("a").aborted, 1U);
  EXPECT_EQ(function("a").request_seconds.count(), 1U);
  EXPECT_NEAR(function("a").request_seconds.sum(), 1, 1e-9);
}

TEST_F(InstanceTableTest, LiveAtAttachIsNotStarted) {
  table.identify(answer(7, "shop", true, Phase::kIdle));
  table.identify(answer(8, "batch", true, Phase::kStarting));
  EXPECT_EQ(books.totals().live_at_attach, 2U);
  EXPECT_EQ(books.totals().started, 0U);
  EXPECT_EQ(table.by_cgroup(7)->state, InstanceState::kIdle);
  EXPECT_EQ(table.by_cgroup(8)->state, InstanceState::kStarting);
  table.become_ready(*table.by_cgroup(8), 3 * kSecond);
  EXPECT_EQ(books.of({"lab", "batch", Track::kRegular}).cold_start_seconds.count(), 0U)
      << "nobody saw it begin";
  table.remove(7, 4 * kSecond);
  EXPECT_EQ(books.totals().stopped, 1U);
  EXPECT_TRUE(books.of({"lab", "shop", Track::kRegular}).ended.empty()) << "starts and ends stay a pair";
}

TEST_F(InstanceTableTest, LiveAtAttachBeforeItsExecIsNoJobYet) {
  table.identify(answer(7, "shop", true, Phase::kBeforeExec));
  const InstancePtr instance = table.by_cgroup(7);
  EXPECT_EQ(instance->execed, 0U);
  table.advance(700 * kSecond);
  EXPECT_EQ(instance->settlement, Settlement::kOpen);
}

TEST_F(InstanceTableTest, AnAnswerFromTheRulesNamesTheFunction) {
  const InstancePtr instance = table.named("a", kSecond);
  table.identify(answer(7, "shop"));
  table.enter(instance, 7, kSecond);
  EXPECT_EQ(instance->name, (FunctionName{"lab", "shop", Track::kRegular}));
  EXPECT_EQ(instance->sandbox, "shop-1");
  EXPECT_EQ(table.by_sandbox("shop-1"), instance);
}

TEST_F(InstanceTableTest, AnAnswerMayComeAfterTheFirstTask) {
  const InstancePtr instance = table.named("a", kSecond);
  table.enter(instance, 7, kSecond);
  table.identify(answer(7, "shop"));
  EXPECT_EQ(instance->name, (FunctionName{"lab", "shop", Track::kRegular}));
  EXPECT_EQ(books.of(instance->name).started, 1U);
}

TEST_F(InstanceTableTest, WithoutAnAnswerTheProgramsNameServes) {
  EXPECT_EQ(running("a", 7)->name, (FunctionName{"", "a", Track::kUnknown}));
}

TEST_F(InstanceTableTest, AUsedIdNamesANewInstanceOnceTheOldIsGone) {
  const InstancePtr first = running("a", 7);
  table.remove(7, 3 * kSecond);
  EXPECT_EQ(table.by_sandbox("a"), first) << "a late delete still finds it";
  const InstancePtr second = table.named("a", 4 * kSecond);
  EXPECT_NE(second, first);
  table.enter(second, 8, 4 * kSecond);
  table.advance(20 * kSecond);
  EXPECT_EQ(table.by_sandbox("a"), second) << "forgetting the first leaves the second";
  EXPECT_EQ(books.totals().started, 2U);
  EXPECT_EQ(books.totals().stopped, 1U);
}

TEST_F(InstanceTableTest, PartsBelongToTheirSandbox) {
  const InstancePtr instance = running("a", 7);
  table.join(70, 7);
  table.join(71, 70);
  EXPECT_EQ(table.by_cgroup(71), instance);
  table.remove(71, 3 * kSecond);
  EXPECT_FALSE(instance->is_over());
  EXPECT_EQ(table.by_cgroup(71), instance) << "cells of its last tasks are still to come";
  table.advance(14 * kSecond);
  EXPECT_EQ(table.by_cgroup(71), nullptr) << "a sandbox may make and remove parts for days";
  EXPECT_EQ(table.by_cgroup(70), instance);
  EXPECT_EQ(table.live().size(), 1U);
}

TEST_F(InstanceTableTest, WhatMemoryHasGrownByIsBooked) {
  const InstancePtr instance = running("a", 7);
  table.read_memory(*instance, {3 * kSecond, 7, {200, 0, 0, 0}, 100, 150, 0});
  table.read_memory(*instance, {4 * kSecond, 7, {210, 40, 0, 0}, 90, 150, 0});
  table.remove(7, 5 * kSecond);
  table.read_memory(*instance, {5 * kSecond, 7, {210, 40, 7, 3}, 80, 160, 0});
  EXPECT_DOUBLE_EQ(byte_seconds(InstanceState::kStarting), 210);
  EXPECT_DOUBLE_EQ(byte_seconds(InstanceState::kIdle), 40);
  EXPECT_DOUBLE_EQ(byte_seconds(InstanceState::kBusy), 7);
  EXPECT_DOUBLE_EQ(byte_seconds(InstanceState::kStopping), 3) << "what was read last, after its end";
  EXPECT_EQ(instance->memory_peak_bytes, 160U);
  EXPECT_EQ(instance->memory_bytes, 0U) << "it holds none any more";
  EXPECT_EQ(function("a").memory_byte_seconds, books.totals().memory_byte_seconds);
}

TEST_F(InstanceTableTest, MemoryBeforeTheNameReachesTheFunction) {
  const InstancePtr instance = table.named("a", kSecond);
  table.enter(instance, 7, kSecond);
  table.read_memory(*instance, {2 * kSecond, 7, {50, 0, 0, 0}, 100, 100, 0});
  EXPECT_TRUE(books.totals().functions.empty());
  table.execute(*instance, 2 * kSecond, "server");
  table.read_memory(*instance, {3 * kSecond, 7, {60, 0, 0, 0}, 100, 100, 0});
  EXPECT_DOUBLE_EQ(function("server").memory_byte_seconds[0], 60);
}

TEST_F(InstanceTableTest, WhatIsForgottenIsForgotten) {
  for (CgroupId cgroup = 100; cgroup < 200; ++cgroup) {
    running("s" + std::to_string(cgroup), cgroup);
    table.remove(cgroup, 3 * kSecond);
  }
  table.advance(14 * kSecond);
  EXPECT_EQ(table.by_sandbox("s150"), nullptr);
  EXPECT_EQ(table.by_cgroup(150), nullptr);
  EXPECT_EQ(table.ended().size(), 100U) << "kept for the report";
}

TEST(DescribeEnd, ByExitSignalOomOrFailure) {
  Instance instance;
  EXPECT_EQ(describe_end(instance), "") << "it lives";
  instance.gone = 1;
  EXPECT_EQ(describe_end(instance), "exit:0");
  instance.exit_status = 3 << 8;
  EXPECT_EQ(describe_end(instance), "exit:3");
  instance.exit_status = 9;
  EXPECT_EQ(describe_end(instance), "signal:9");
  instance.oom = true;
  EXPECT_EQ(describe_end(instance), "oom");
  instance.create_failed = true;
  EXPECT_EQ(describe_end(instance), "create_failed");
}

TEST(DescribeEnd, AProgramThatCatchesSigtermExits) {
  Instance instance;
  instance.gone = 1;
  instance.stop_signal = 15;
  EXPECT_EQ(describe_end(instance), "signal:15");
  instance.exit_status = 0;
  EXPECT_EQ(describe_end(instance), "exit:0");
}

}  // namespace
}  // namespace faastax::ledger
