// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace faastax::sender {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToALimitAndBeginsAnew) {
  Backoff backoff(1);
  for (milliseconds most{250}; most < Backoff::kLongest; most *= 2) {
    const auto wait = backoff.next();
    EXPECT_GE(wait, most / 2);
    EXPECT_LE(wait, most);
  }
  for (int i = 0; i < 10; ++i) EXPECT_LE(backoff.next(), Backoff::kLongest);
  EXPECT_GE(backoff.next(), Backoff::kLongest / 2);
  backoff.reset();
  EXPECT_LE(backoff.next(), Backoff::kShortest);
}

TEST(Backoff, AgentsDoNotComeBackTogether) {
  std::set<milliseconds> waits;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    Backoff backoff(seed);
    for (int i = 0; i < 8; ++i) backoff.next();
    waits.insert(backoff.next());
  }
  EXPECT_GT(waits.size(), 90U);
}

}  // namespace
}  // namespace faastax::sender
