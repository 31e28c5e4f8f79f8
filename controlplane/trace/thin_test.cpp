// SPDX-License-Identifier: Apache-2.0
#include "controlplane/trace/thin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace faastax::trace {
namespace {

using namespace std::chrono_literals;

/// `count` requests of each of these run times (by function), one function's a second after the other's.
std::vector<Request> requests_of(const std::vector<std::pair<std::size_t, double>>& functions) {
  std::vector<Request> all;
  for (std::size_t f = 0; f < functions.size(); ++f) {
    for (std::size_t i = 0; i < functions[f].first; ++i) all.push_back({i * 1s, f, functions[f].second, 1});
  }
  std::ranges::stable_sort(all, {}, &Request::arrival);
  return all;
}

std::map<std::size_t, std::size_t> counts(const std::vector<Request>& requests) {
  std::map<std::size_t, std::size_t> by_function;
  for (const Request& request : requests) ++by_function[request.function];
  return by_function;
}

using Counts = std::map<std::size_t, std::size_t>;

TEST(Thin, LeavesAllThatFits) {
  auto requests = requests_of({{10, 10}, {20, 5}});
  EXPECT_EQ(thin(requests, 200, 1), 0u);
  EXPECT_EQ(counts(requests), (Counts{{0, 10}, {1, 20}}));
}

TEST(Thin, SmallFunctionsKeepAllAndLeaveWhatTheyDoNotNeed) {
  auto requests = requests_of({{10, 1}, {1000, 10}, {500, 10}});
  EXPECT_EQ(thin(requests, 1010, 1), 1400u);
  EXPECT_EQ(counts(requests), (Counts{{0, 10}, {1, 50}, {2, 50}}));
}

TEST(Thin, NeverBelowTheLeast) {
  auto requests = requests_of({{1000, 10}, {5, 10}});
  thin(requests, 40, 100);
  EXPECT_EQ(counts(requests), (Counts{{0, 100}, {1, 5}}));
}

TEST(Thin, KeepsTheShapeOfTheLoad) {
  auto requests = requests_of({{100, 10}});
  thin(requests, 250, 1);
  std::vector<int> seconds;
  for (const Request& request : requests) seconds.push_back(static_cast<int>(request.arrival / 1s));
  ASSERT_EQ(seconds.size(), 25u);
  for (std::size_t i = 1; i < seconds.size(); ++i) EXPECT_EQ(seconds[i] - seconds[i - 1], 4);
}

TEST(Thin, NothingToDo) {
  std::vector<Request> none;
  EXPECT_EQ(thin(none, 10, 1), 0u);
}

}  // namespace
}  // namespace faastax::trace
