// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/reader.h"

#include <gtest/gtest.h>

namespace {

struct Arrival {
  fx_arrival arrival;
  __u32 overlap;
  __u32 missing;
};

Arrival arrive(__u32 next, __u32 seq, __u32 bytes) {
  fx_reader reader{};
  reader.known = 1;
  reader.next = next;
  Arrival result{};
  result.arrival = fx_arrive(&reader, seq, bytes, &result.overlap, &result.missing);
  return result;
}

TEST(Arrive, TheFirstSegmentBeginsTheStream) {
  fx_reader reader{};
  __u32 overlap, missing;
  EXPECT_EQ(fx_arrive(&reader, 12345, 10, &overlap, &missing), FX_ARRIVED_NEW);
  EXPECT_EQ(reader.next, 12345U);
}

TEST(Arrive, InOrderAcrossTheWrap) {
  for (const __u32 next : {0U, 1000U, 0x7fffffffU, 0x80000000U, 0xfffffff8U, 0xffffffffU}) {
    EXPECT_EQ(arrive(next, next, 20).arrival, FX_ARRIVED_NEW);
    EXPECT_EQ(arrive(next, next, 20).overlap, 0U);
    EXPECT_EQ(arrive(next, next - 20, 20).arrival, FX_ARRIVED_SEEN) << "sent again";
    EXPECT_EQ(arrive(next, next - 1, 1).arrival, FX_ARRIVED_SEEN) << "a keep-alive";
    EXPECT_EQ(arrive(next, next - 15, 20).arrival, FX_ARRIVED_NEW);
    EXPECT_EQ(arrive(next, next - 15, 20).overlap, 15U);
    EXPECT_EQ(arrive(next, next + 5, 20).arrival, FX_ARRIVED_GAP);
    EXPECT_EQ(arrive(next, next + 5, 20).missing, 5U);
  }
}

TEST(Pass, TakesNoMoreThanThereIs) {
  fx_reader reader{};
  reader.left = 10;
  EXPECT_EQ(fx_pass(&reader, 4), 4U);
  EXPECT_EQ(fx_pass(&reader, 100), 6U);
  EXPECT_EQ(fx_pass(&reader, 100), 0U);
  reader.left = 1ULL << 40;
  EXPECT_EQ(fx_pass(&reader, 0xffffffff), 0xffffffffU);
}

}  // namespace
