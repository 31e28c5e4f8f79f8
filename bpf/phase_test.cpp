// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/phase.h"

#include <gtest/gtest.h>

namespace {

constexpr __u32 kNew = FX_CGROUP_SANDBOX;
constexpr __u32 kEntered = kNew | FX_CGROUP_ENTERED;
constexpr __u32 kRunning = kEntered | FX_CGROUP_EXECED;
constexpr __u32 kReady = kRunning | FX_CGROUP_READY;

TEST(Phase, BeforeTheProgramsFirstExec) {
  EXPECT_EQ(fx_phase_of(0, 0), FX_PHASE_PRE);
  EXPECT_EQ(fx_phase_of(kNew, 0), FX_PHASE_PRE);
  EXPECT_EQ(fx_phase_of(kEntered, 0), FX_PHASE_PRE);
}

TEST(Phase, BetweenExecAndReadiness) { EXPECT_EQ(fx_phase_of(kRunning, 0), FX_PHASE_RUN); }

TEST(Phase, ReadyIsIdleOrBusy) {
  EXPECT_EQ(fx_phase_of(kReady, 0), FX_PHASE_IDLE);
  EXPECT_EQ(fx_phase_of(kReady, 1), FX_PHASE_BUSY);
  EXPECT_EQ(fx_phase_of(kReady, 1000), FX_PHASE_BUSY) << "several at once count once";
}

TEST(Phase, StoppedFromAnyPhase) {
  EXPECT_EQ(fx_phase_of(kEntered | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
  EXPECT_EQ(fx_phase_of(kRunning | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
  EXPECT_EQ(fx_phase_of(kReady | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
}

TEST(Phase, WhatSigtermFindsOpenStaysBusyUntilItIsAnswered) {
  EXPECT_EQ(fx_phase_of(kReady | FX_CGROUP_STOPPED, 2), FX_PHASE_BUSY);
  EXPECT_EQ(fx_phase_of(kReady | FX_CGROUP_STOPPED, 1), FX_PHASE_BUSY);
  EXPECT_EQ(fx_phase_of(kReady | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
}

TEST(Phase, WithoutReadinessNothingIsBusy) {
  EXPECT_EQ(fx_phase_of(kRunning, 1), FX_PHASE_RUN);
  EXPECT_EQ(fx_phase_of(kEntered, 1), FX_PHASE_PRE);
}

TEST(Phase, ACountBelowZeroIsNotBusy) { EXPECT_EQ(fx_phase_of(kReady, -1), FX_PHASE_IDLE); }

TEST(Phase, IsAlwaysABucket) {
  for (__u32 flags = 0; flags < 64; ++flags) {
    for (const __s32 in_flight : {-1, 0, 1}) EXPECT_LE(fx_phase_of(flags, in_flight), FX_PHASE_STOP);
  }
}

}  // namespace
