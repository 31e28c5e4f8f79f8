// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/cycle_rates.hpp"

#include <gtest/gtest.h>

#include "agent/bpf/perf_counters.hpp"

namespace faastax::engine {
namespace {

constexpr ledger::Nanoseconds kMillisecond = 1'000'000;

fx_counts counted(std::uint64_t ns, std::uint64_t cycles, std::uint64_t instructions) {
  fx_counts result{};
  result.counted_ns = ns;
  result.cycles[FX_PHASE_BUSY] = cycles;
  result.instructions[FX_PHASE_BUSY] = instructions;
  return result;
}

TEST(CycleEstimate, WaitsUntilTheNodeHasARate) {
  CycleEstimate estimate;
  CountedTime node;
  estimate.advance({10 * kMillisecond}, node);
  EXPECT_EQ(estimate.cycles(), ledger::Buckets{});
  node.add({1e6, 3e6, 2e6}, 1e9);
  estimate.advance({10 * kMillisecond}, node);
  EXPECT_EQ(estimate.cycles()[0], 30 * kMillisecond)
      << "an account that was never counted has the node's rate";
  EXPECT_EQ(estimate.instructions()[0], 20 * kMillisecond);
}

TEST(CycleEstimate, AnAccountThatWasCountedLongHasItsOwnRate) {
  CycleEstimate estimate;
  CountedTime node;
  node.add({1e9, 1e9, 1e9}, 1e12);
  const fx_counts now = counted(100 * kMillisecond, 400 * kMillisecond, 200 * kMillisecond);
  EXPECT_EQ(estimate.learn(now, node).cycles, 4e8);
  EXPECT_EQ(estimate.learn(now, node).ns, 0) << "since the last call";
  estimate.advance({0, 0, 0, 1000 * kMillisecond}, node);
  EXPECT_NEAR(static_cast<double>(estimate.cycles()[3]), 4e9, 0.04e9);
  EXPECT_NEAR(static_cast<double>(estimate.instructions()[3]), 2e9, 0.02e9);
}

TEST(CycleEstimate, WhatIsBookedNeverShrinks) {
  CycleEstimate estimate;
  CountedTime node;
  node.add({1e6, 1e6, 1e6}, 1e9);
  estimate.advance({5 * kMillisecond}, node);
  estimate.advance({3 * kMillisecond}, node);
  EXPECT_EQ(estimate.cycles()[0], 5 * kMillisecond);
  estimate.advance({6 * kMillisecond}, node);
  EXPECT_EQ(estimate.cycles()[0], 6 * kMillisecond);
}

TEST(CycleMode, IsChosenByWhatReadingAndRunningCost) {
  using enum bpf::CycleMode;
  EXPECT_EQ(bpf::choose_mode(30, 1.0), kExact);
  EXPECT_EQ(bpf::choose_mode(2600, 1.01), kSampled);
  EXPECT_EQ(bpf::choose_mode(2600, 2.0), kDerived);
  EXPECT_EQ(bpf::choose_mode(30, 2.0), kDerived);
  EXPECT_EQ(bpf::choose_mode(0, 1.0), kSampled) << "what a reading costs could not be found out";
}

}  // namespace
}  // namespace faastax::engine
