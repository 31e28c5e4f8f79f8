// SPDX-License-Identifier: Apache-2.0
#include "collector/join/observed.hpp"

#include <gtest/gtest.h>

#include "proto/records.pb.h"

namespace faastax::join {
namespace {

v1::Usage usage(v1::Activity activity, std::uint64_t ns, bool inferred = false) {
  v1::Usage one;
  one.set_activity(activity);
  one.set_nanoseconds(ns);
  one.set_inferred(inferred);
  return one;
}

TEST(Observed, OfARecord) {
  v1::InstanceRecord record;
  record.set_uid("u");
  record.set_sandbox("s");
  record.set_node("n");
  record.set_namespace_("ns");
  record.set_function("f");
  record.set_track(v1::TRACK_EMERGENCY);
  record.set_kind(v1::KIND_SERVER);
  record.set_created(1767225600'000'000'000);
  *record.add_own() = usage(v1::ACTIVITY_INIT, 500'000'000);
  *record.add_own() = usage(v1::ACTIVITY_OTHER, 1);
  *record.add_served() = usage(v1::ACTIVITY_CREATE, 1'000'000'000);
  *record.add_served() = usage(v1::ACTIVITY_CREATE, 250'000'000, true);
  *record.add_served() = usage(v1::ACTIVITY_UNSPECIFIED, 7);
  record.mutable_memory_byte_seconds()->set_busy(3);
  record.set_requests_completed(0);
  const Observed observed = observed_of(record);
  EXPECT_EQ(observed.sandbox, "s");
  EXPECT_EQ(observed.node, "n");
  EXPECT_EQ(observed.track, ledger::Track::kEmergency);
  EXPECT_EQ(observed.created, scaling::UnixTime(std::chrono::seconds(1767225600)));
  EXPECT_DOUBLE_EQ(observed.cpu_seconds[ledger::index_of(ledger::Activity::kCreate)], 1.25);
  EXPECT_DOUBLE_EQ(observed.cpu_seconds[ledger::index_of(ledger::Activity::kInit)], 0.5);
  EXPECT_DOUBLE_EQ(observed.cpu_seconds[ledger::index_of(ledger::Activity::kOther)], 1e-9);
  EXPECT_DOUBLE_EQ(observed.memory_byte_seconds[ledger::index_of(ledger::InstanceState::kBusy)], 3);
  EXPECT_EQ(observed.requests, 0U);
  EXPECT_TRUE(observed.counts_requests);
}

TEST(Observed, WhatARecordDoesNotSayIsAbsent) {
  v1::InstanceRecord record;
  record.set_ended("create_failed");
  record.set_live_at_start(true);
  const Observed observed = observed_of(record);
  EXPECT_FALSE(observed.created);
  EXPECT_FALSE(observed.requests);
  EXPECT_FALSE(observed.counts_requests);
  EXPECT_TRUE(observed.live_at_start);
  EXPECT_EQ(observed.track, ledger::Track::kUnknown);
}

TEST(Observed, OfAReport) {
  ledger::InstanceReport report;
  report.uid = "u";
  report.sandbox = "s";
  report.space = "ns";
  report.function = "f";
  report.track = ledger::Track::kRegular;
  report.kind = "server";
  report.cpu_seconds[0] = 2;
  report.requests.completed = 4;
  const auto observed = observed_of(std::vector{report}).at(0);
  EXPECT_EQ(observed.space, "ns");
  EXPECT_EQ(observed.requests, 4U);
  EXPECT_DOUBLE_EQ(observed.cpu_seconds[0], 2);
  EXPECT_TRUE(observed.counts_requests);
}

}  // namespace
}  // namespace faastax::join
