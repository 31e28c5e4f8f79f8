// SPDX-License-Identifier: Apache-2.0
#include "ledger/lineage.hpp"

#include <gtest/gtest.h>

namespace faastax::ledger {
namespace {

/// One lineage with one process, and an instance that it may turn out to serve.
struct LineageTest : testing::Test {
  Books books;
  InstancePtr instance = std::make_shared<Instance>();

  static LineagePtr lineage(Duty duty, LineagePtr parent = nullptr) {
    auto made = std::make_shared<Lineage>(duty, std::move(parent));
    made->enter();
    return made;
  }
  Nanoseconds of(Activity activity) const { return books.totals().cpu.of(activity); }
};

TEST_F(LineageTest, WaitsForItsSandboxAndThenBooksToIt) {
  const auto client = lineage(Duty::kByPhase);
  client->book("ctr", Phase::kBeforeExec, 5, books);
  EXPECT_EQ(books.totals().unsettled, 5U);
  EXPECT_EQ(books.totals().cpu.total(), 0U);
  client->serve(instance, books);
  EXPECT_EQ(books.totals().unsettled, 0U);
  EXPECT_EQ(of(Activity::kCreate), 5U);
  EXPECT_EQ(instance->cpu.of(Activity::kCreate), 5U);
}

TEST_F(LineageTest, ShimIsCreateThenManageThenTeardown) {
  const auto shim = lineage(Duty::kByPhase);
  shim->serve(instance, books);
  shim->book("shim", Phase::kBeforeExec, 1, books);
  shim->book("shim", Phase::kStarting, 2, books);
  shim->book("shim", Phase::kIdle, 4, books);
  shim->book("shim", Phase::kBusy, 8, books);
  shim->book("shim", Phase::kStopped, 16, books);
  EXPECT_EQ(of(Activity::kCreate), 1U);
  EXPECT_EQ(of(Activity::kManage), 14U);
  EXPECT_EQ(of(Activity::kTeardown), 16U);
}

TEST_F(LineageTest, ExecIsManageInEveryPhase) {
  const auto exec = lineage(Duty::kManage);
  exec->serve(instance, books);
  for (const Phase phase :
       {Phase::kBeforeExec, Phase::kStarting, Phase::kIdle, Phase::kBusy, Phase::kStopped}) {
    exec->book("runc", phase, 1, books);
  }
  EXPECT_EQ(of(Activity::kManage), 5U);
}

TEST_F(LineageTest, NetworkPluginsAreCreateOrTeardownInEveryPhase) {
  const auto add = lineage(Duty::kCreate);
  const auto del = lineage(Duty::kTeardown);
  for (const Phase phase : {Phase::kBeforeExec, Phase::kIdle, Phase::kStopped}) {
    add->book("cni:bridge", phase, 1, books);
    del->book("cni:bridge", phase, 10, books);
  }
  EXPECT_EQ(of(Activity::kCreate), 3U);
  EXPECT_EQ(of(Activity::kTeardown), 30U);
}

TEST_F(LineageTest, WhatNeverNamesASandboxIsManageOfItsComponent) {
  const auto pull = lineage(Duty::kByPhase);
  pull->book("ctr", Phase::kBeforeExec, 9, books);
  pull->leave(books);
  EXPECT_EQ(of(Activity::kManage), 9U);
  EXPECT_EQ(books.totals().components.at("ctr").of(Activity::kManage), 9U);
  EXPECT_EQ(books.totals().unsettled, 0U);
}

TEST_F(LineageTest, TheOneAboveLearnsWhomItServes) {
  const auto client = lineage(Duty::kByPhase);
  const auto runtime = lineage(Duty::kByPhase, client);
  client->book("ctr", Phase::kBeforeExec, 3, books);
  runtime->serve(instance, books);
  EXPECT_EQ(client->served(), instance);
  EXPECT_EQ(books.totals().components.at("ctr").of(Activity::kCreate), 3U);
}

TEST_F(LineageTest, TheOneBelowIsServedByTheOneAbove) {
  const auto shim = lineage(Duty::kByPhase);
  shim->serve(instance, books);
  const auto tool = lineage(Duty::kByPhase, shim);
  tool->book("crun", Phase::kBeforeExec, 2, books);
  EXPECT_EQ(instance->cpu.of(Activity::kCreate), 2U);
}

TEST_F(LineageTest, WhatEndsUnexplainedGoesToTheOneAboveThatStillRuns) {
  const auto client = lineage(Duty::kByPhase);
  const auto helper = lineage(Duty::kByPhase, client);
  helper->book("docker", Phase::kBeforeExec, 6, books);
  helper->leave(books);
  EXPECT_EQ(books.totals().unsettled, 6U);
  client->serve(instance, books);
  EXPECT_EQ(instance->cpu.of(Activity::kCreate), 6U);
  EXPECT_EQ(books.totals().unsettled, 0U);
}

TEST_F(LineageTest, WhatEndsAfterTheOneAboveWasExplainedIsBookedAtOnce) {
  const auto client = lineage(Duty::kByPhase);
  const auto helper = lineage(Duty::kByPhase, client);
  helper->book("docker", Phase::kBeforeExec, 6, books);
  client->serve(instance, books);
  helper->leave(books);
  EXPECT_EQ(instance->cpu.of(Activity::kCreate), 6U);
  EXPECT_EQ(books.totals().unsettled, 0U) << "nothing is left to wait for";
}

TEST_F(LineageTest, OneThatComesAfterTheStopTearsDown) {
  instance->execed = 10;
  instance->stopped = 20;
  const auto client = lineage(Duty::kByPhase);
  client->book("ctr", Phase::kBeforeExec, 5, books);
  client->serve(instance, books);
  EXPECT_EQ(of(Activity::kTeardown), 5U);
  EXPECT_EQ(of(Activity::kCreate), 0U);
}

TEST_F(LineageTest, OneThatComesWhileItRunsCreatesNothing) {
  instance->execed = 10;
  const auto client = lineage(Duty::kByPhase);
  client->book("docker", Phase::kBeforeExec, 5, books);  // `docker inspect`, before it was linked
  client->serve(instance, books);
  const auto helper = lineage(Duty::kByPhase, client);
  helper->book("docker", Phase::kBeforeExec, 1, books);
  EXPECT_EQ(of(Activity::kCreate), 0U) << "create ends with the first exec of the user's program";
  EXPECT_EQ(of(Activity::kManage), 6U);
}

TEST_F(LineageTest, TheWindowsEndBooksWhatWaitsAndGoesOn) {
  const auto client = lineage(Duty::kByPhase);
  client->book("ctr", Phase::kBeforeExec, 5, books);
  client->give_up(books);
  EXPECT_EQ(of(Activity::kManage), 5U);
  client->book("ctr", Phase::kBeforeExec, 7, books);
  client->serve(instance, books);
  EXPECT_EQ(of(Activity::kManage), 5U) << "cells never shrink";
  EXPECT_EQ(of(Activity::kCreate), 7U);
  EXPECT_EQ(books.totals().unsettled, 0U);
}

TEST_F(LineageTest, MakingTheCgroupProvesMoreThanNaming) {
  const auto other = std::make_shared<Instance>();
  const auto runtime = lineage(Duty::kByPhase);
  runtime->serve(other, books);
  runtime->made(instance, books);
  runtime->book("crun", Phase::kBeforeExec, 5, books);
  EXPECT_EQ(instance->cpu.of(Activity::kCreate), 5U);
  EXPECT_EQ(other->cpu.total(), 0U);
}

TEST(DutyOf, VerbsOfRuntimesAndPlugins) {
  for (const Verb verb : {Verb::kNone, Verb::kCreate, Verb::kRun, Verb::kStart}) {
    EXPECT_EQ(duty_of(Program::kRuntime, verb), Duty::kByPhase);
  }
  EXPECT_EQ(duty_of(Program::kRuntime, Verb::kDelete), Duty::kTeardown);
  EXPECT_EQ(duty_of(Program::kRuntime, Verb::kKill), Duty::kTeardown);
  EXPECT_EQ(duty_of(Program::kShim, Verb::kDelete), Duty::kTeardown);
  EXPECT_EQ(duty_of(Program::kRuntime, Verb::kExec), Duty::kManage);
  EXPECT_EQ(duty_of(Program::kRuntime, Verb::kPause), Duty::kManage) << "freezing and thawing";
  EXPECT_EQ(duty_of(Program::kRuntime, Verb::kOther), Duty::kManage);
  EXPECT_EQ(duty_of(Program::kCni, Verb::kCniAdd), Duty::kCreate);
  EXPECT_EQ(duty_of(Program::kCni, Verb::kCniDel), Duty::kTeardown);
  EXPECT_EQ(duty_of(Program::kCni, Verb::kCniOther), Duty::kManage);
}

TEST(DutyOf, AClientsWordsProveNothingButExec) {
  // `ctr snapshots delete`, `docker run x kill`: create or teardown only of the container that it names.
  for (const Verb verb : {Verb::kNone, Verb::kRun, Verb::kDelete, Verb::kKill, Verb::kOther}) {
    EXPECT_EQ(duty_of(Program::kClient, verb), Duty::kByPhase);
  }
  EXPECT_EQ(duty_of(Program::kClient, Verb::kExec), Duty::kManage);
  EXPECT_EQ(duty_of(Program::kClient, Verb::kPause), Duty::kManage);
}

}  // namespace
}  // namespace faastax::ledger
