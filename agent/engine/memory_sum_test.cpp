// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/memory_sum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bpf/lib/memory_integral.h"

namespace faastax::engine {
namespace {

constexpr double kGibibyte = 1 << 30;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kHour = 3'600'000'000'000;  // in ns

TEST(MemorySum, InBytesAndSecondsWhateverThePageSize) {
  fx_cgroup entry{};
  entry.page_us[FX_MEMORY_STARTING] = 1'000'000;
  entry.page_us[FX_MEMORY_STOPPING] = 500'000;
  MemorySum sum;
  EXPECT_THAT(sum.advance(entry, 65536), testing::ElementsAre(65536, 0, 0, 32768));
  EXPECT_THAT(sum.advance(entry, 65536), testing::ElementsAre(65536, 0, 0, 32768)) << "nothing was added";
  entry.page_us[FX_MEMORY_IDLE] = 2'000'000;
  EXPECT_THAT(sum.advance(entry, 65536), testing::ElementsAre(65536, 131072, 0, 32768));
}

TEST(MemorySum, GoesOnWhenTheKernelsCounterWraps) {
  fx_cgroup entry{};
  entry.flags = FX_CGROUP_SANDBOX | FX_CGROUP_ENTERED | FX_CGROUP_EXECED | FX_CGROUP_READY;
  fx_memory_take(&entry, (std::uint64_t{64} << 30) / kPage, 0, 1, 0);
  MemorySum sum;
  constexpr std::uint64_t kHours = 60 * 24;  // sixty days: the counter wraps four times
  bool wrapped = false;
  for (std::uint64_t hour = 1; hour <= kHours; ++hour) {
    const std::uint64_t before = entry.page_us[FX_MEMORY_IDLE];
    fx_memory_advance(&entry, 1 + hour * kHour);
    wrapped |= entry.page_us[FX_MEMORY_IDLE] < before;
    const double known = sum.advance(entry, kPage)[FX_MEMORY_IDLE];
    const double right = 64 * kGibibyte * 3600 * static_cast<double>(hour);
    ASSERT_NEAR(known, right, 1e-9 * right) << hour << " hours";
  }
  EXPECT_TRUE(wrapped) << "or nothing was tested";
}

}  // namespace
}  // namespace faastax::engine
