// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/phase.h"

#include <gtest/gtest.h>

namespace {

constexpr __u32 kNew = FX_CGROUP_SANDBOX;
constexpr __u32 kEntered = kNew | FX_CGROUP_ENTERED;
constexpr __u32 kExeced = kEntered | FX_CGROUP_EXECED;
constexpr __u32 kListening = kExeced | FX_CGROUP_READY;

__u32 phase(__u32 flags, __s32 requests, __s32 probes = 0, __s32 opaque = 0) {
  return fx_phase_of(flags, requests, probes, opaque);
}

TEST(Phase, BeforeTheProgramsFirstExec) {
  EXPECT_EQ(phase(0, 0), FX_PHASE_PRE);
  EXPECT_EQ(phase(kNew, 0), FX_PHASE_PRE);
  EXPECT_EQ(phase(kEntered, 0), FX_PHASE_PRE);
}

TEST(Phase, BetweenExecAndReadiness) { EXPECT_EQ(phase(kExeced, 0), FX_PHASE_RUN); }

TEST(Phase, ReadyIsIdleOrBusy) {
  EXPECT_EQ(phase(kListening, 0), FX_PHASE_IDLE);
  EXPECT_EQ(phase(kListening, 1), FX_PHASE_BUSY);
  EXPECT_EQ(phase(kListening, 1000), FX_PHASE_BUSY) << "several at once count once";
}

TEST(Phase, StoppedFromAnyPhase) {
  EXPECT_EQ(phase(kEntered | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
  EXPECT_EQ(phase(kExeced | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
  EXPECT_EQ(phase(kListening | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
}

TEST(Phase, WhatSigtermFindsOpenStaysBusyUntilItIsAnswered) {
  EXPECT_EQ(phase(kListening | FX_CGROUP_STOPPED, 2), FX_PHASE_BUSY);
  EXPECT_EQ(phase(kListening | FX_CGROUP_STOPPED, 1), FX_PHASE_BUSY);
  EXPECT_EQ(phase(kListening | FX_CGROUP_STOPPED, 0), FX_PHASE_STOP);
}

TEST(Phase, WithoutReadinessNothingIsBusy) {
  EXPECT_EQ(phase(kExeced, 1), FX_PHASE_RUN);
  EXPECT_EQ(phase(kEntered, 1), FX_PHASE_PRE);
}

TEST(Phase, ACountBelowZeroIsNotBusy) { EXPECT_EQ(phase(kListening, -1), FX_PHASE_IDLE); }

TEST(Phase, ProbesAloneAreNoRequests) {
  EXPECT_EQ(phase(kListening, 0, 2), FX_PHASE_PROBE);
  EXPECT_EQ(phase(kListening, 1, 2), FX_PHASE_BUSY);
  EXPECT_EQ(phase(kListening, 0, -1), FX_PHASE_IDLE);
  EXPECT_EQ(phase(kExeced, 0, 1), FX_PHASE_RUN);
  EXPECT_EQ(phase(kListening | FX_CGROUP_STOPPED, 0, 1), FX_PHASE_STOP)
      << "a probe does not outlast the stop";
}

TEST(Phase, OpaqueOnlyWhenAllRequestsAre) {
  EXPECT_EQ(phase(kListening, 2, 0, 2), FX_PHASE_OPAQUE);
  EXPECT_EQ(phase(kListening, 3, 0, 2), FX_PHASE_BUSY);
  EXPECT_EQ(phase(kListening, 1, 1, 1), FX_PHASE_OPAQUE);
  EXPECT_EQ(phase(kListening | FX_CGROUP_STOPPED, 1, 0, 1), FX_PHASE_OPAQUE);
}

TEST(Phase, IsAlwaysABucket) {
  for (__u32 flags = 0; flags < 64; ++flags) {
    for (const __s32 count : {-1, 0, 1}) EXPECT_LT(phase(flags, count, count, count), FX_PHASES);
  }
}

}  // namespace
