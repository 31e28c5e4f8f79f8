// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/memory_integral.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

constexpr __u64 kMs = 1'000'000;
constexpr __u32 kRunning = FX_CGROUP_SANDBOX | FX_CGROUP_ENTERED | FX_CGROUP_EXECED;
constexpr __u32 kReady = kRunning | FX_CGROUP_READY;

fx_cgroup sandbox(__u32 flags) {
  fx_cgroup cgroup{};
  cgroup.flags = flags;
  return cgroup;
}

TEST(MemoryState, FollowsTheInstance) {
  EXPECT_EQ(fx_memory_state_of(FX_CGROUP_SANDBOX, 0), FX_MEMORY_STARTING);
  EXPECT_EQ(fx_memory_state_of(kRunning, 0), FX_MEMORY_STARTING);
  EXPECT_EQ(fx_memory_state_of(kRunning, 1), FX_MEMORY_STARTING) << "nothing is open before it is ready";
  EXPECT_EQ(fx_memory_state_of(kReady, 0), FX_MEMORY_IDLE);
  EXPECT_EQ(fx_memory_state_of(kReady, -1), FX_MEMORY_IDLE);
  EXPECT_EQ(fx_memory_state_of(kReady, 2), FX_MEMORY_BUSY);
}

TEST(MemoryState, StoppingOutranksARequestThatIsOpen) {
  EXPECT_EQ(fx_memory_state_of(kReady | FX_CGROUP_STOPPED, 2), FX_MEMORY_STOPPING);
  EXPECT_EQ(fx_memory_state_of(kRunning | FX_CGROUP_STOPPED, 0), FX_MEMORY_STOPPING);
}

TEST(MemoryIntegral, BeginsWithTheFirstSample) {
  fx_cgroup cgroup = sandbox(kRunning);
  fx_memory_advance(&cgroup, 5 * kMs);
  EXPECT_EQ(cgroup.memory_since_ns, 0U);
  fx_memory_take(&cgroup, 10, 0, 7 * kMs, 0);
  EXPECT_EQ(cgroup.memory_since_ns, 7 * kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_STARTING], 0U) << "what came before is not known";
}

TEST(MemoryIntegral, ASampleCountsFromThenOn) {
  fx_cgroup cgroup = sandbox(kRunning);
  fx_memory_take(&cgroup, 10, 0, 1 * kMs, 0);
  fx_memory_take(&cgroup, 40, 0, 3 * kMs, 0);
  fx_memory_advance(&cgroup, 4 * kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_STARTING], 10U * 2000 + 40U * 1000);
  EXPECT_EQ(cgroup.memory_pages, 40U);
}

TEST(MemoryIntegral, HalfWayBetweenTheSamplesWhileATaskRan) {
  fx_cgroup cgroup = sandbox(kReady);
  fx_memory_take(&cgroup, 10, 0, 101 * kMs, 0);
  fx_memory_take(&cgroup, 40, 0, 105 * kMs, kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_IDLE], 10U * 3000 + 25U * 1000);
  fx_memory_take(&cgroup, 60, 0, 107 * kMs, 50 * kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_IDLE], 10U * 3000 + 25U * 1000 + 50U * 2000)
      << "it has run since before the last sample";
  EXPECT_EQ(cgroup.memory_pages, 60U);
}

TEST(MemoryIntegral, EachStateHasItsOwn) {
  fx_cgroup cgroup = sandbox(kRunning);
  fx_memory_take(&cgroup, 3, 0, 1 * kMs, 0);
  fx_memory_advance(&cgroup, 2 * kMs);
  cgroup.flags = kReady;
  fx_memory_advance(&cgroup, 4 * kMs);
  cgroup.in_flight = 1;
  fx_memory_advance(&cgroup, 7 * kMs);
  cgroup.flags |= FX_CGROUP_STOPPED;
  fx_memory_close(&cgroup, 11 * kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_STARTING], 3U * 1000);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_IDLE], 3U * 2000);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_BUSY], 3U * 3000);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_STOPPING], 3U * 4000);
}

TEST(MemoryIntegral, StaysAsItIsOnceClosed) {
  fx_cgroup cgroup = sandbox(kReady);
  fx_memory_take(&cgroup, 3, 0, 1 * kMs, 0);
  fx_memory_close(&cgroup, 2 * kMs);
  fx_memory_take(&cgroup, 9, 0, 3 * kMs, 0);
  fx_memory_advance(&cgroup, 9 * kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_IDLE], 3U * 1000);
}

TEST(MemoryIntegral, PartsOfAMicrosecondAreNotLost) {
  fx_cgroup cgroup = sandbox(kReady);
  fx_memory_take(&cgroup, 1, 0, kMs, 0);
  for (__u64 now = kMs; now <= 2 * kMs; now += 700) fx_memory_advance(&cgroup, now);
  fx_memory_advance(&cgroup, 2 * kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_IDLE], 1000U);
}

TEST(MemoryIntegral, AClockThatLagsTakesNothingBack) {
  fx_cgroup cgroup = sandbox(kReady);
  fx_memory_take(&cgroup, 1, 0, 5 * kMs, 0);
  fx_memory_advance(&cgroup, 4 * kMs);
  EXPECT_EQ(cgroup.memory_since_ns, 5 * kMs);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_IDLE], 0U);
}

TEST(MemoryIntegral, ThePeakIsTheKernelsOwnOrTheHighestSample) {
  fx_cgroup cgroup = sandbox(kReady);
  fx_memory_take(&cgroup, 10, 0, kMs, 0);
  EXPECT_EQ(cgroup.memory_peak_pages, 10U);
  fx_memory_take(&cgroup, 4, 25, 2 * kMs, 0);
  EXPECT_EQ(cgroup.memory_peak_pages, 25U);
  fx_memory_take(&cgroup, 12, 0, 3 * kMs, 0);
  EXPECT_EQ(cgroup.memory_peak_pages, 25U);
}

TEST(MemoryIntegral, SeveralCpusCountEachIntervalOnce) {
  constexpr __u64 kEnd = 200'000;  // of 1 µs
  fx_cgroup cgroup = sandbox(kReady);
  fx_memory_take(&cgroup, 2, 0, kMs, 0);
  std::atomic<__u64> clock{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (__u64 now = clock++; now <= kEnd; now = clock++) fx_memory_advance(&cgroup, kMs + now * 1000);
    });
  }
  for (std::thread& thread : threads) thread.join();
  fx_memory_advance(&cgroup, kMs + kEnd * 1000);
  EXPECT_EQ(cgroup.page_us[FX_MEMORY_IDLE], 2 * kEnd);
}

}  // namespace
