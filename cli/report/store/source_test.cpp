// SPDX-License-Identifier: Apache-2.0
#include "cli/report/store/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/base/testing_folder.hpp"
#include "cli/report/division.hpp"
#include "collector/store/store.hpp"
#include "collector/store/testing_records.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::cli::store {
namespace {

namespace testing = faastax::store::testing;
using testing::kMinute;
using testing::kNow;
using testing::kSecond;

/// A store of its own, in SQLite.
class StoreSource : public ::testing::Test {
 protected:
  void SetUp() override {
    url_ = folder_.path() / "store.db";
    auto opened = faastax::store::open(url_);
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  void put(const std::vector<v1::Record>& records, const std::vector<scaling::ScalingEvent>& events = {}) {
    std::vector<const v1::Record*> pointers;
    for (const v1::Record& record : records) pointers.push_back(&record);
    const auto done = store_->put(pointers, events);
    ASSERT_TRUE(done) << done.error();
  }
  report::Document report() {
    auto reader = faastax::store::open_reader(url_);
    EXPECT_TRUE(reader) << reader.error();
    auto document = report_of(**reader, {kNow - 10 * kMinute, kNow + kMinute});
    EXPECT_TRUE(document) << document.error();
    return document ? std::move(*document) : report::Document{};
  }

  base::TemporaryFolder folder_;
  std::string url_;
  std::unique_ptr<faastax::store::Store> store_;
};

TEST_F(StoreSource, TheBooksOfTheNodesAreTheReports) {
  put({testing::ledger(1, kNow - 20 * kSecond), testing::ledger(2, kNow - 10 * kSecond),
       testing::ledger(1, kNow - 20 * kSecond, "n2"), testing::instance(1, kNow - 30 * kSecond, 4),
       testing::ended(testing::instance(2, kNow - 30 * kSecond), kNow - 29 * kSecond)});
  const report::Document document = report();
  const ledger::Report& report = document.report;
  EXPECT_DOUBLE_EQ(report.wall_cpu_seconds, 60);
  EXPECT_DOUBLE_EQ(report.idle_seconds, 42);
  EXPECT_DOUBLE_EQ(report.busy_seconds, 18);
  EXPECT_DOUBLE_EQ(report.by_activity[0].seconds, 3);
  EXPECT_EQ(report.node.name, "2 nodes");
  EXPECT_EQ(report.node.cpus, 4u);
  EXPECT_EQ(report.started, 2u);
  EXPECT_EQ(report.stopped, 1u);
  EXPECT_EQ(report.requests_completed, 5u);
  EXPECT_NEAR(report.cold_start_seconds.p50.value(), 0.25, 0.001);
  ASSERT_EQ(report.cold_start_buckets.size(), 1u);
  EXPECT_EQ(report.cold_start_buckets[0].count, 2u);
  ASSERT_EQ(report.functions.size(), 1u);
  EXPECT_DOUBLE_EQ(report.functions[0].cpu_seconds[0], 0.14);
  double course = 0;
  for (const auto& point : report.timeline) {
    for (const double seconds : point.cpu_seconds) course += seconds;
    EXPECT_FALSE(point.started.has_value()) << "the store does not say when";
  }
  EXPECT_DOUBLE_EQ(course, 18);
}

TEST_F(StoreSource, WhatLivesIsWhatTheLatestLedgersSay) {
  auto first = testing::ledger(1, kNow - 20 * kSecond);
  auto second = testing::ledger(2, kNow - 10 * kSecond);
  auto other = testing::ledger(1, kNow - 20 * kSecond, "n2");
  auto silent = testing::ledger(1, kNow - 570 * kSecond, "n3");
  first.mutable_node_ledger()->set_live_instances(9);
  second.mutable_node_ledger()->set_live_instances(4);
  other.mutable_node_ledger()->set_live_instances(2);
  silent.mutable_node_ledger()->set_live_instances(100);
  put({first, second, other, silent, testing::instance(1, kNow - 30 * kSecond),
       testing::ended(testing::instance(2, kNow - 30 * kSecond), kNow - 29 * kSecond),
       testing::ended(testing::instance(3, kNow - 30 * kSecond), kNow - 29 * kSecond)});
  const ledger::Report found = report().report;
  EXPECT_EQ(found.live_at_end, 6u);
  EXPECT_EQ(found.started, 3u);
  EXPECT_EQ(found.stopped, 2u);
  EXPECT_EQ(found.live_at_start, 5u) << "5 + 3 - 2 = 6";
  EXPECT_EQ(found.node.kernel, "6.1");
}

TEST_F(StoreSource, EachDivisionAddsUp) {
  scaling::ScalingEvent told;
  told.source = "lab/1";
  told.id = "d-1";
  told.time = scaling::UnixTime{} + std::chrono::nanoseconds(kNow - 31 * kSecond);
  told.data = scaling::Decision{.decision_id = "d-1",
                                .subject = {"lab", "f1", ledger::Track::kRegular},
                                .policy = "async",
                                .from = 0,
                                .to = 1,
                                .reason = "test"};
  scaling::ScalingEvent made = told;
  made.id = "i-1";
  scaling::Instance instance;
  instance.decision_id = "d-1";
  instance.instance = "sandbox-1";
  instance.node = "n1";
  instance.subject = {"lab", "f1", ledger::Track::kRegular};
  made.data = instance;
  put({testing::ledger(1, kNow - 20 * kSecond), testing::instance(1, kNow - 30 * kSecond, 4),
       testing::instance(2, kNow - 30 * kSecond)},
      {told, made});
  const report::Document document = report();
  for (const auto by : {report::Dimension::kFunction, report::Dimension::kTrack, report::Dimension::kPolicy,
                        report::Dimension::kNode, report::Dimension::kComponent}) {
    const auto division = report::divide(document, by);
    ASSERT_TRUE(division) << report::name_of(by) << ": " << division.error();
    EXPECT_NEAR(report::cpu_total(report::total_of(*division)), 6, 1e-9) << report::name_of(by);
  }
  EXPECT_EQ(report::divide(document, report::Dimension::kPolicy)->rows[0].name, "async");
  ASSERT_TRUE(document.report.scaling.has_value());
  ASSERT_EQ(document.report.scaling->ups.size(), 1u);
  EXPECT_EQ(document.report.scaling->ups[0].decision, "d-1");
  EXPECT_EQ(document.report.scaling->instances.by_decision, 1u);
  EXPECT_EQ(document.report.scaling->instances.unobserved, 0u);
  EXPECT_EQ(report::divide(document, report::Dimension::kNode)->rows[0].started, 2u);
}

TEST_F(StoreSource, WithoutEventsThereIsNoPolicy) {
  put({testing::ledger(1, kNow), testing::instance(1, kNow - kSecond)});
  EXPECT_FALSE(report::divide(report(), report::Dimension::kPolicy).has_value());
  EXPECT_FALSE(report().report.scaling.has_value());
}

TEST_F(StoreSource, AnEmptyStoreAndNoStoreAreErrors) {
  auto reader = faastax::store::open_reader(url_);
  ASSERT_TRUE(reader) << reader.error();
  EXPECT_THAT(report_of(**reader, {0, kNow}).error(), ::testing::HasSubstr("nothing was stored"));
  EXPECT_FALSE(
      ask((folder_.path() / "none.db").string(), std::chrono::hours(1), std::chrono::system_clock::now()));
}

}  // namespace
}  // namespace faastax::cli::store
