// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/cpu_clock.hpp"

#include <gtest/gtest.h>

namespace faastax::bpf {
namespace {

fx_cpu opened_at(std::uint64_t mono_ns) {
  fx_cpu line{};
  line.opened_mono_ns = line.flushed_mono_ns = mono_ns;
  return line;
}

TEST(CpuClock, CountsFromTheOpeningToTheLastFlush) {
  fx_cpu line = opened_at(100);
  EXPECT_EQ(wall_ns(line), 0U);
  line.flushed_mono_ns = 130;
  EXPECT_EQ(wall_ns(line), 30U);
}

TEST(CpuClock, ACpuThatNeverOpenedHasNone) { EXPECT_EQ(wall_ns(fx_cpu{}), 0U); }

TEST(CpuClock, GoingOfflineEndsAtTheLastSwitch) {
  fx_cpu line = opened_at(100);
  line.flushed_mono_ns = 130;
  line.start_clock_ns = 40;
  line.clock_offset_ns = 105;
  line.calibrated_ns = 40;
  close_books(line);
  EXPECT_EQ(wall_ns(line), 45U);
  EXPECT_EQ(line.flushed_mono_ns, 0U) << "the next switch opens them";
  EXPECT_EQ(line.calibrated_ns, 0U) << "the clocks are compared afresh";
}

TEST(CpuClock, AFlushAfterTheLastSwitchCounts) {
  fx_cpu line = opened_at(100);
  line.flushed_mono_ns = 130;
  line.start_clock_ns = 110;
  close_books(line);
  EXPECT_EQ(wall_ns(line), 30U);
}

TEST(CpuClock, ClosingTwiceChangesNothing) {
  fx_cpu line = opened_at(100);
  line.flushed_mono_ns = 130;
  close_books(line);
  close_books(line);
  EXPECT_EQ(wall_ns(line), 30U);
}

TEST(CpuClock, TimeBetweenTwoIntervalsIsNotCounted) {
  fx_cpu line = opened_at(100);
  line.flushed_mono_ns = 130;
  close_books(line);
  line.opened_mono_ns = line.flushed_mono_ns = 500;
  EXPECT_EQ(wall_ns(line), 30U);
  line.flushed_mono_ns = 512;
  EXPECT_EQ(wall_ns(line), 42U);
}

}  // namespace
}  // namespace faastax::bpf
