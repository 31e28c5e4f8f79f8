// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/namer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faastax::engine {
namespace {

using Accounts = std::vector<ledger::AccountKey>;

TEST(Namer, KnowsWhatARuntimeNamed) {
  Namer namer;
  namer.named(1, "a");
  EXPECT_EQ(namer.sandbox_of(1), "a");
  EXPECT_EQ(namer.sandbox_of(2), "");
  EXPECT_EQ(namer.workers_of("a"), Accounts{1});
  namer.ended(1);
  EXPECT_EQ(namer.sandbox_of(1), "");
  EXPECT_TRUE(namer.workers_of("a").empty());
}

TEST(Namer, AClientOfAKnownSandboxIsNamedAtOnce) {
  Namer namer;
  EXPECT_TRUE(namer.appeared("a", true).empty());
  EXPECT_EQ(namer.client(1, {Namer::hash_of("task"), Namer::hash_of("kill"), Namer::hash_of("a")}), "a");
  EXPECT_EQ(namer.sandbox_of(1), "a");
}

TEST(Namer, AClientIsNamedLaterWhenItsSandboxAppears) {
  Namer namer;
  EXPECT_EQ(namer.client(2, {Namer::hash_of("run"), Namer::hash_of("a")}), std::nullopt);
  EXPECT_EQ(namer.client(1, {Namer::hash_of("run"), Namer::hash_of("a")}), std::nullopt);
  EXPECT_EQ(namer.client(3, {Namer::hash_of("run"), Namer::hash_of("b")}), std::nullopt);
  EXPECT_EQ(namer.appeared("a", true), (Accounts{1, 2})) << "in order, whatever the table's";
  EXPECT_EQ(namer.sandbox_of(1), "a");
  EXPECT_TRUE(namer.appeared("a", true).empty()) << "once";
  EXPECT_EQ(namer.appeared("b", true), Accounts{3});
}

TEST(Namer, AClientThatEndedIsNotNamed) {
  Namer namer;
  namer.client(1, {Namer::hash_of("a")});
  namer.ended(1);
  EXPECT_TRUE(namer.appeared("a", true).empty());
}

TEST(Namer, AGoneSandboxNamesNobody) {
  Namer namer;
  namer.appeared("a", true);
  namer.gone("a");
  EXPECT_EQ(namer.client(1, {Namer::hash_of("a")}), std::nullopt);
}

TEST(Namer, HashesAnArgumentAsTheKernelsSideReadsIt) {
  // A string of FX_ID_LEN bytes or more does not fit with its zero: what is beyond does not count.
  const std::string longest(FX_ID_LEN - 1, 'a');
  EXPECT_EQ(Namer::hash_of(longest + "b"), Namer::hash_of(longest));
  EXPECT_NE(Namer::hash_of(longest), Namer::hash_of(longest.substr(1)));
  EXPECT_NE(Namer::hash_of("a"), Namer::hash_of("b"));
  EXPECT_EQ(Namer::hash_of(std::string_view("abc").substr(0, 1)), Namer::hash_of("a"));
}

}  // namespace
}  // namespace faastax::engine
