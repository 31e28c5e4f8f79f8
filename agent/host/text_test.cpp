// SPDX-License-Identifier: Apache-2.0
#include "agent/host/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faastax::host {
namespace {

using testing::ElementsAre;

TEST(Text, SplitLeavesEmptyPartsOut) {
  EXPECT_THAT(split(" a  b\tc ", " \t"), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(split("", " ").empty());
  EXPECT_TRUE(split("   ", " ").empty());
}

TEST(Text, TrimmedAndListed) {
  EXPECT_EQ(trimmed(" a b\n"), "a b");
  EXPECT_EQ(trimmed("\n"), "");
  EXPECT_TRUE(lists("cpu,memory", ",", "memory"));
  EXPECT_FALSE(lists("cpu,memory_x", ",", "memory"));
}

TEST(Text, ValueOfNeedsTheWholeKey) {
  EXPECT_EQ(value_of("NSpid:\t1\t2\nRssAnon:\t 4 kB\n", "RssAnon"), "4 kB");
  EXPECT_EQ(value_of("NSpidX:\t1\n", "NSpid"), "");
  EXPECT_EQ(value_of("", "NSpid"), "");
}

TEST(Text, NumbersAreWhole) {
  EXPECT_EQ(parse_number<int>("42"), 42);
  EXPECT_EQ(parse_number<unsigned>("1F", 16), 31U);
  EXPECT_FALSE(parse_number<int>("42x"));
  EXPECT_FALSE(parse_number<int>(""));
  EXPECT_FALSE(parse_number<unsigned char>("256"));
}

TEST(Text, AMissingFileIsAbsent) { EXPECT_FALSE(read_text("/nowhere/at/all")); }

}  // namespace
}  // namespace faastax::host
