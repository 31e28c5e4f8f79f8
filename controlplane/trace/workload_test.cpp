// SPDX-License-Identifier: Apache-2.0
#include "controlplane/trace/workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "controlplane/trace/reader.hpp"

namespace faastax::trace {
namespace {

using namespace std::chrono_literals;

FunctionTrace function(std::string name, std::vector<std::uint32_t> invocations) {
  FunctionTrace one{"o", "a", std::move(name), "http", std::move(invocations)};
  one.durations_ms.values = {10, 10, 20, 30, 40, 50, 100};
  one.memory_mib.values = {5, 10, 20, 30, 40, 50, 60, 70};
  return one;
}

TEST(PercentileTable, DrawsBetweenNeighbours) {
  const FunctionTrace one = function("f", {1});
  EXPECT_DOUBLE_EQ(one.durations_ms.at(0), 10);
  EXPECT_DOUBLE_EQ(one.durations_ms.at(13), 15);
  EXPECT_DOUBLE_EQ(one.durations_ms.at(50), 30);
  EXPECT_DOUBLE_EQ(one.durations_ms.at(100), 100);
  EXPECT_DOUBLE_EQ(one.memory_mib.at(0.5), 5);
}

TEST(Expand, EveryInvocationOnceInItsMinute) {
  const Trace trace{{function("f", {7, 0, 100, 1})}, 4};
  const auto workload = expand(trace, {});
  ASSERT_TRUE(workload) << workload.error();
  EXPECT_EQ(workload->length, 240s);
  std::vector<int> minutes(4);
  for (const Request& request : workload->requests)
    ++minutes.at(static_cast<std::size_t>(request.arrival / 60s));
  EXPECT_EQ(minutes, (std::vector<int>{7, 0, 100, 1}));
  EXPECT_TRUE(std::ranges::is_sorted(workload->requests, {}, &Request::arrival));
  for (const Request& request : workload->requests) {
    EXPECT_GE(request.exec_ms, 10);
    EXPECT_LE(request.exec_ms, 100);
    EXPECT_GE(request.memory_mib, 5);
    EXPECT_LE(request.memory_mib, 70);
  }
}

TEST(Expand, SpeedupScalesArrivalsOnly) {
  const Trace trace{{function("f", {50, 50})}, 2};
  const auto slow = expand(trace, {.speedup = 1});
  const auto fast = expand(trace, {.speedup = 4});
  ASSERT_TRUE(slow && fast);
  ASSERT_EQ(slow->requests.size(), fast->requests.size());
  for (std::size_t i = 0; i < slow->requests.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(slow->requests[i].arrival.count()),
                4.0 * static_cast<double>(fast->requests[i].arrival.count()), 10);
    EXPECT_EQ(slow->requests[i].exec_ms, fast->requests[i].exec_ms);
  }
  EXPECT_EQ(fast->length, 30s);
  EXPECT_NEAR(fast->fit.mean_cpus, 4 * slow->fit.mean_cpus, 1e-9);
}

TEST(Expand, SameSeedSameRequestsWhateverElseIsChosen) {
  const Trace alone{{function("f", {20, 20})}, 2};
  const Trace both{{function("g", {5, 5}), function("f", {20, 20})}, 2};
  const auto a = expand(alone, {.seed = 7});
  const auto b = expand(both, {.seed = 7});
  const auto c = expand(alone, {.seed = 8});
  ASSERT_TRUE(a && b && c);
  std::vector<Request> of_f;
  std::ranges::copy_if(b->requests, std::back_inserter(of_f),
                       [](const Request& r) { return r.function == 0; });
  ASSERT_EQ(of_f.size(), a->requests.size());
  for (std::size_t i = 0; i < of_f.size(); ++i) EXPECT_EQ(of_f[i].arrival, a->requests[i].arrival);
  EXPECT_NE(a->requests[0].arrival, c->requests[0].arrival);
}

TEST(Expand, ChoosesAcrossTheSpread) {
  Trace trace{{}, 1};
  for (std::uint32_t i = 1; i <= 9; ++i) trace.functions.push_back(function("f" + std::to_string(i), {i}));
  trace.functions.push_back(function("never", {0}));
  const auto workload = expand(trace, {.functions = 3});
  ASSERT_TRUE(workload);
  std::vector<std::string> names;
  for (const auto& f : workload->functions) names.push_back(f.name);
  EXPECT_EQ(names, (std::vector<std::string>{"f8", "f5", "f2"}));
  EXPECT_EQ(expand(trace, {.functions = 50})->functions.size(), 9u);
}

TEST(Expand, CapsAndCounts) {
  const Trace trace{{function("f", {200})}, 1};
  const auto workload = expand(trace, {.max_exec_ms = 30.0, .max_memory_mib = 16.0});
  ASSERT_TRUE(workload);
  EXPECT_GT(workload->fit.capped, 60u);
  EXPECT_LT(workload->fit.capped, 140u);
  EXPECT_LE(std::ranges::max(workload->requests, {}, &Request::exec_ms).exec_ms, 30);
  EXPECT_LE(workload->functions[0].largest_memory_mib, 16);
}

TEST(Expand, FitsTheMachine) {
  const Trace trace{{function("busy", {3000}), function("calm", {100}), function("rare", {99})}, 1};
  const auto workload = expand(trace, {.speedup = 2, .min_requests = 100, .fit_cpus = 0.4});
  ASSERT_TRUE(workload);
  EXPECT_EQ(workload->functions.size(), 2u);
  EXPECT_EQ(workload->requests.size() + workload->fit.thinned, 3100u);
  EXPECT_NEAR(workload->fit.mean_cpus, 0.4, 0.02);
  EXPECT_FALSE(expand(trace, {.min_requests = 3001}));
}

TEST(Expand, NamesAreShortUniqueAndSafe) {
  const Trace trace{
      {function("AB/c.0123456789xx", {3}), function("AB/c.0123456789yy", {2}), function("", {1})}, 1};
  const auto workload = expand(trace, {});
  ASSERT_TRUE(workload);
  EXPECT_EQ(workload->functions[0].name, "ab-c-0123456");
  EXPECT_EQ(workload->functions[1].name, "ab-c-0123456-2");
  EXPECT_EQ(workload->functions[2].name, "f");
}

TEST(Expand, RefusesWindowsOutsideTheTrace) {
  const Trace trace{{function("f", {1, 0})}, 2};
  EXPECT_FALSE(expand(trace, {.start_minute = 2}));
  EXPECT_FALSE(expand(trace, {.minutes = 3}));
  EXPECT_FALSE(expand(trace, {.start_minute = 1, .minutes = 1}));
  EXPECT_FALSE(expand(trace, {.speedup = 0}));
}

TEST(Expand, TheAzureSampleKeepsItsLoad) {
  const std::filesystem::path samples =
      std::filesystem::path(FAASTAX_SOURCE_DIR) / "../shared/data/azure2019";
  if (!std::filesystem::exists(samples)) GTEST_SKIP() << "no Azure samples at " << samples;
  const auto trace = load_trace(samples / "100");
  ASSERT_TRUE(trace) << trace.error();
  const auto workload = expand(*trace, {});
  ASSERT_TRUE(workload) << workload.error();
  EXPECT_EQ(workload->requests.size(), 339'657u);
  // By the averages the concurrency is about 10.7; draws between far percentiles lie above, the clamp below.
  EXPECT_GT(workload->fit.mean_cpus, 8);
  EXPECT_LT(workload->fit.mean_cpus, 20);
}

}  // namespace
}  // namespace faastax::trace
