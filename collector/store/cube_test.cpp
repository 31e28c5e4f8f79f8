// SPDX-License-Identifier: Apache-2.0
#include "collector/store/cube.hpp"

#include <gmock/gmock.h>

#include <random>

#include "collector/store/keys.hpp"
#include "collector/store/store.hpp"
#include "collector/store/url.hpp"

namespace faastax::store {
namespace {

constexpr std::int64_t kNs = 1'000'000'000;
constexpr std::int64_t kDay = 86400;
using Ends = std::pair<std::int64_t, std::int64_t>;

TEST(Cube, SpansRoundDownBeforeTheEpochAsWell) {
  EXPECT_EQ(span_of(3599, Resolution::kHour), 0);
  EXPECT_EQ(span_of(3600, Resolution::kHour), 3600);
  EXPECT_EQ(span_of(-1, Resolution::kMinute), -60);
  EXPECT_EQ(seconds_of(-1), -1);
}

TEST(Cube, KeysComeBack) {
  const Key key = {"lab", "f\x1f\n1", ledger::Track::kEmergency, "dual:60s", "node"};
  EXPECT_EQ(decode_key(encode_key(key)), key);
  EXPECT_EQ(decode_key(encode_key({})), (Key{.track = ledger::Track::kUnknown}));
  const Key one = {.space = "ab", .function = "c"};
  const Key other = {.space = "a", .function = "bc"};
  EXPECT_NE(encode_key(one), encode_key(other));
  for (const std::string_view broken : {"", "\1", "\1\5", "\xff\xff\xff\xff"}) decode_key(broken);
}

TEST(Cube, AWindowIsWidenedToWhatIsKept) {
  const Horizon horizon = {.minutes_from = 10 * kDay, .hours_from = 5 * kDay, .days_from = 0};
  const auto wide = [&](std::int64_t from, std::int64_t to) {
    const Window window = widened({from * kNs, to * kNs}, horizon);
    return std::pair(window.start_ns / kNs, window.end_ns / kNs);
  };
  EXPECT_EQ(wide(11 * kDay + 61, 11 * kDay + 200), std::pair(11 * kDay + 60, 11 * kDay + 240));
  EXPECT_EQ(wide(11 * kDay, 11 * kDay + 60), std::pair(11 * kDay, 11 * kDay + 60)) << "whole minutes stay";
  EXPECT_EQ(wide(6 * kDay + 61, 11 * kDay + 61), std::pair(6 * kDay, 11 * kDay + 3600)) << "long";
  EXPECT_EQ(wide(2 * kDay + 61, 6 * kDay + 61), std::pair(2 * kDay, 6 * kDay + 3600));
  EXPECT_EQ(wide(2 * kDay + 61, 2 * kDay + 62), std::pair(2 * kDay, 3 * kDay));
}

TEST(Cube, LongWindowsHaveCoarseEnds) {
  const auto wide = [](std::int64_t from, std::int64_t to) {
    const Window window = widened({from * kNs, to * kNs}, {});
    return std::pair(window.start_ns / kNs, window.end_ns / kNs);
  };
  EXPECT_EQ(wide(60, kDay / 4), Ends(60, kDay / 4));
  EXPECT_EQ(wide(60, kDay + 60), Ends(0, kDay + 3600));
  EXPECT_EQ(wide(kDay - 60, 20 * kDay + 60), Ends(0, 21 * kDay));
}

TEST(Cube, SegmentsAreTheCoarsestThatMakeUpTheWindow) {
  EXPECT_THAT(segments_of({(kDay - 3660) * kNs, (3 * kDay + 7260) * kNs}),
              ::testing::ElementsAre(Segment{Resolution::kMinute, kDay - 3660, kDay - 3600},
                                     Segment{Resolution::kHour, kDay - 3600, kDay},
                                     Segment{Resolution::kDay, kDay, 3 * kDay},
                                     Segment{Resolution::kHour, 3 * kDay, 3 * kDay + 7200},
                                     Segment{Resolution::kMinute, 3 * kDay + 7200, 3 * kDay + 7260}));
}

TEST(Cube, SegmentsOfAnyWindowTouchAndFit) {
  std::mt19937 random(1);
  const Horizon horizon = {.minutes_from = 20 * kDay + 3600 * 7, .hours_from = 10 * kDay, .days_from = 0};
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t from = random() % (30 * kDay);
    const std::int64_t to = from + 1 + random() % (i % 2 == 0 ? 10'000 : 20 * kDay);
    const Window window = widened({from * kNs, to * kNs}, horizon);
    std::int64_t at = window.start_ns / kNs;
    ASSERT_LE(at, from);
    ASSERT_GE(window.end_ns / kNs, to);
    for (const Segment& segment : segments_of(window)) {
      ASSERT_EQ(segment.from_s, at);
      ASSERT_LT(segment.from_s, segment.to_s);
      ASSERT_EQ(span_of(segment.from_s, segment.resolution), segment.from_s);
      ASSERT_EQ(span_of(segment.to_s, segment.resolution), segment.to_s);
      const bool kept = segment.resolution == Resolution::kDay ||
                        segment.from_s >= (segment.resolution == Resolution::kHour ? horizon.hours_from
                                                                                   : horizon.minutes_from);
      ASSERT_TRUE(kept);
      at = segment.to_s;
    }
    ASSERT_EQ(at, window.end_ns / kNs);
  }
}

TEST(Keys, UidsKeepTheirOrderWithinABoot) {
  const std::string boot = "0f0e0d0c-1111-2222-3333-444444444444-";
  const auto first = pack_uid(boot + "00000000000000ff");
  const auto second = pack_uid(boot + "0000000000000100");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->size(), 25U);
  EXPECT_LT(*first, *second);
  EXPECT_NE(pack_uid("boot-0000000000000001"), pack_uid("boot2-0000000000000001"));
  for (const char* bad : {"", "x", "-0000000000000001", "boot-000000000000001", "boot-000000000000000G",
                          "boot-000000000000000A", "boot_0000000000000001"}) {
    EXPECT_FALSE(pack_uid(bad)) << bad;
  }
  EXPECT_FALSE(pack_uid(std::string(500, 'b') + "-0000000000000001"));
}

TEST(Keys, HashesAreTheSameEverywhere) {
  EXPECT_EQ(static_cast<std::uint64_t>(hash_of("")), 0xcbf29ce484222325U);
  EXPECT_EQ(static_cast<std::uint64_t>(hash_of("foobar")), 0x85944171f73967e8U) << "FNV-1a's published value";
}

TEST(Url, SaysWhereAStoreIs) {
  EXPECT_EQ(place_of("sqlite:/a/b.db").value(), (Place{Dialect::kSqlite, "/a/b.db"}));
  EXPECT_EQ(place_of("b.db").value(), (Place{Dialect::kSqlite, "b.db"}));
  EXPECT_EQ(place_of("postgres://h/d").value().dialect, Dialect::kPostgres);
  EXPECT_EQ(place_of("postgresql://h/d").value().dialect, Dialect::kPostgres);
  EXPECT_FALSE(place_of(""));
  EXPECT_THAT(place_of("mysql://me:secret@h/d").error(), ::testing::Not(::testing::HasSubstr("secret")));
}

TEST(Url, HidesPasswords) {
  EXPECT_EQ(without_password("postgres://me:secret@host:5432/db"), "postgres://me@host:5432/db");
  EXPECT_EQ(without_password("postgres://host:5432/db?user=me&password=secret&x=1"),
            "postgres://host:5432/db?user=me&password=&x=1");
  EXPECT_EQ(without_password("sqlite:/a:b@c"), "sqlite:/a:b@c");
}

}  // namespace
}  // namespace faastax::store
