// SPDX-License-Identifier: Apache-2.0
#include "collector/store/totals.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "proto/records.pb.h"

namespace faastax::store {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

v1::InstanceRecord record_of(std::uint64_t nanoseconds, std::uint64_t cycles) {
  v1::InstanceRecord record;
  v1::Usage& usage = *record.add_own();
  usage.set_activity(v1::ACTIVITY_HANDLE);
  usage.set_nanoseconds(nanoseconds);
  usage.set_cycles(cycles);
  return record;
}

TEST(Totals, AYearOfTenBusyCpusIsNotCut) {
  constexpr std::uint64_t kNanoseconds = 10ULL * 365 * 86'400 * 1'000'000'000;
  InstanceTotals totals;
  add(totals, record_of(kNanoseconds, 0));
  EXPECT_EQ(sum(totals.own.ns), static_cast<std::int64_t>(kNanoseconds));
}

TEST(Totals, NonsensicalAmountsStopAtTheEnd) {
  InstanceTotals totals;
  for (int i = 0; i < 40; ++i) add(totals, record_of(0, ~0ULL));
  EXPECT_EQ(sum(totals.own.cycles), kMost);
  std::int64_t least = -kMost;
  add_use(least, -5);
  EXPECT_EQ(least, -kMost);
}

}  // namespace
}  // namespace faastax::store
