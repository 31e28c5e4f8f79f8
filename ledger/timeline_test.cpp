// SPDX-License-Identifier: Apache-2.0
#include "ledger/timeline.hpp"

#include <gtest/gtest.h>

#include "ledger/ledger.hpp"
#include "ledger/testdata/script.hpp"

namespace faastax::ledger {
namespace {

using testdata::kMs;
using testdata::kSecond;
using testdata::Script;

Totals books_at(Nanoseconds handled) {
  Totals books;
  books.cpu.add(Activity::kHandle, Evidence::kDirect, Amount(handled));
  books.idle = 2 * handled;
  books.memory_byte_seconds[index_of(InstanceState::kBusy)] = static_cast<double>(handled);
  books.functions[{}].completed = handled;
  return books;
}

double handled(const TimelinePoint& point) { return point.cpu_seconds[index_of(Activity::kHandle)]; }

/// Stretches follow each other, and their sums are the window's.
void expect_whole(const std::vector<TimelinePoint>& points, double seconds, double handled_seconds) {
  double at = 0;
  double sum = 0;
  for (const TimelinePoint& point : points) {
    EXPECT_NEAR(point.start_seconds, at, 1e-9);
    EXPECT_GT(point.seconds, 0);
    at += point.seconds;
    sum += handled(point);
  }
  EXPECT_NEAR(at, seconds, 1e-9);
  EXPECT_NEAR(sum, handled_seconds, 1e-9);
}

TEST(Timeline, NoneIsKeptUnlessAskedFor) {
  Timeline timeline({});
  timeline.begin(books_at(0), 0);
  timeline.advance(books_at(1), 10 * kSecond);
  timeline.end(books_at(2), 20 * kSecond);
  EXPECT_TRUE(timeline.points().empty());
}

TEST(Timeline, AStretchIsWhatWasBookedInIt) {
  Timeline timeline({.most = 100});
  timeline.begin(books_at(5 * kSecond), 100 * kSecond);
  timeline.advance(books_at(6 * kSecond), 100 * kSecond + 900 * kMs);
  timeline.advance(books_at(7 * kSecond), 101 * kSecond);
  timeline.end(books_at(9 * kSecond), 101 * kSecond + 500 * kMs);
  timeline.advance(books_at(50 * kSecond), 109 * kSecond);
  const auto points = timeline.points();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_DOUBLE_EQ(handled(points[0]), 2);
  EXPECT_DOUBLE_EQ(points[0].idle_seconds, 4);
  EXPECT_EQ(points[0].completed, 2 * kSecond);
  EXPECT_DOUBLE_EQ(points[1].memory_byte_seconds[index_of(InstanceState::kBusy)], 2e9);
  expect_whole(points, 1.5, 4);
}

TEST(Timeline, ALongWindowGetsLongerStretchesInTheSameRoom) {
  for (const std::size_t most : {2u, 3u, 10u, 64u}) {
    Timeline timeline({.most = most});
    timeline.begin(books_at(0), 0);
    for (Nanoseconds t = 1; t <= 1000; ++t) timeline.advance(books_at(t * kMs), t * kSecond);
    timeline.end(books_at(1001 * kMs), 1001 * kSecond);
    const auto points = timeline.points();
    EXPECT_LE(points.size(), most);
    EXPECT_GE(points.size(), most / 2);
    expect_whole(points, 1001, 1.001);
  }
}

TEST(Timeline, ItsSumsAreTheReports) {
  Ledger::Options options;
  options.timeline = {.most = 8, .period = 20 * kMs};
  Script node(options);
  node.apply(WindowMarked{node.now(), true});
  const AccountKey shell = node.shell();
  for (int i = 0; i < 40; ++i) {
    node.run(shell, 3 * kMs);
    node.pass(7 * kMs);
    node.read();
  }
  node.apply(WindowMarked{node.now(), false});
  const Report report = node.ledger().report({});
  std::array<double, kActivities> cpu{};
  double idle = 0;
  double seconds = 0;
  for (const TimelinePoint& point : report.timeline) {
    for (std::size_t i = 0; i < kActivities; ++i) cpu[i] += point.cpu_seconds[i];
    idle += point.idle_seconds;
    seconds += point.seconds;
  }
  EXPECT_GE(report.timeline.size(), 4u);
  EXPECT_NEAR(seconds, report.window_seconds, 1e-9);
  EXPECT_NEAR(idle, report.idle_seconds, 1e-9);
  for (std::size_t i = 0; i < kActivities; ++i) EXPECT_NEAR(cpu[i], report.by_activity[i].seconds, 1e-9);
}

}  // namespace
}  // namespace faastax::ledger
