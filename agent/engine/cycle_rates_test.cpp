// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/cycle_rates.hpp"

#include <gtest/gtest.h>

#include "agent/bpf/perf_counters.hpp"

namespace faastax::engine {
namespace {

constexpr ledger::Nanoseconds kMs = 1'000'000;

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
  estimate.advance({10 * kMs}, node);
  EXPECT_EQ(estimate.cycles(), ledger::Buckets{});
  node.add(1e6, 3e6, 2e6, 1e9);
  estimate.advance({10 * kMs}, node);
  EXPECT_EQ(estimate.cycles()[0], 30 * kMs) << "an account that was never counted has the node's rate";
  EXPECT_EQ(estimate.instructions()[0], 20 * kMs);
}

TEST(CycleEstimate, AnAccountThatWasCountedLongHasItsOwnRate) {
  CycleEstimate estimate;
  CountedTime node;
  node.add(1e9, 1e9, 1e9, 1e12);
  estimate.learn(counted(100 * kMs, 400 * kMs, 200 * kMs), node);
  estimate.advance({0, 0, 0, 1000 * kMs}, node);
  EXPECT_NEAR(static_cast<double>(estimate.cycles()[3]), 4e9, 0.04e9);
  EXPECT_NEAR(static_cast<double>(estimate.instructions()[3]), 2e9, 0.02e9);
}

TEST(CycleEstimate, WhatIsBookedNeverShrinks) {
  CycleEstimate estimate;
  CountedTime node;
  node.add(1e6, 1e6, 1e6, 1e9);
  estimate.advance({5 * kMs}, node);
  estimate.advance({3 * kMs}, node);
  EXPECT_EQ(estimate.cycles()[0], 5 * kMs);
  estimate.advance({6 * kMs}, node);
  EXPECT_EQ(estimate.cycles()[0], 6 * kMs);
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
