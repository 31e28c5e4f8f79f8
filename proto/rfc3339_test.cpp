// SPDX-License-Identifier: Apache-2.0
#include "proto/rfc3339.hpp"

#include <gtest/gtest.h>

namespace faastax::scaling {
namespace {

using namespace std::chrono_literals;

UnixTime at(std::int64_t seconds, std::chrono::nanoseconds more = 0ns) {
  return UnixTime(std::chrono::seconds(seconds)) + more;
}

// The seconds are what `date -u -d TEXT +%s` says.
TEST(Rfc3339, IsRead) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), at(0));
  EXPECT_EQ(parse_rfc3339("2026-01-01T00:00:00.000Z"), at(1767225600));
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:59.5Z"), at(1709251199, 500ms));
  EXPECT_EQ(parse_rfc3339("2026-01-01t00:00:00.123456789z"), at(1767225600, 123456789ns));
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.25Z"), at(-1, 250ms));
}

TEST(Rfc3339, OffsetsAreTakenOff) {
  EXPECT_EQ(parse_rfc3339("2026-01-01T01:00:00+01:00"), at(1767225600));
  EXPECT_EQ(parse_rfc3339("2025-12-31T18:30:00-05:30"), at(1767225600));
  EXPECT_EQ(parse_rfc3339("2026-01-01T00:00:00-00:00"), at(1767225600));
}

TEST(Rfc3339, FinerThanNanosecondsIsCut) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.0000000019999Z"), at(0, 1ns));
}

TEST(Rfc3339, ALeapSecondIsTheNextMinute) {
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60.9Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "2026-01-01",
                           "2026-01-01T00:00:00",
                           "2026-01-01 00:00:00Z",
                           "2026-1-1T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:61Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00,5Z",
                           "2026-01-01T00:00:00+1:00",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00+0100",
                           "2026-01-01T00:00:00Z ",
                           " 2026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00ZZ",
                           "+2026-01-01T00:00:00Z",
                           "1500-01-01T00:00:00Z",
                           "1678-01-01T00:00:00+00:01",  // 1677 in UTC
                           "2261-12-31T23:59:00-00:01",
                           "9999-12-31T23:59:59Z",
                           "now"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, IsWrittenAsShortAsItCanBe) {
  EXPECT_EQ(to_rfc3339(at(1767225600)), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(at(1767225600, 1ms)), "2026-01-01T00:00:00.001Z");
  EXPECT_EQ(to_rfc3339(at(1767225600, 1us)), "2026-01-01T00:00:00.000001Z");
  EXPECT_EQ(to_rfc3339(at(1767225600, 1ns)), "2026-01-01T00:00:00.000000001Z");
  EXPECT_EQ(to_rfc3339(at(-1, 250ms)), "1969-12-31T23:59:59.250Z");
}

TEST(Rfc3339, WhatIsWrittenIsReadBack) {
  for (const UnixTime time : {at(0), at(-9'000'000'000, 1ns), at(9'000'000'000, 999'999'999ns)})
    EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), time);
}

}  // namespace
}  // namespace faastax::scaling
