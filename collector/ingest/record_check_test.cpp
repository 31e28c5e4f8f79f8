// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/record_check.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "proto/records.pb.h"

namespace faastax::collector {
namespace {

constexpr std::int64_t kNow = 1'800'000'000'000'000'000;
constexpr std::int64_t kSecondInNs = 1'000'000'000;

v1::Record instance(const std::function<void(v1::InstanceRecord&)>& change = [](auto&) {}) {
  v1::Record record;
  auto& made = *record.mutable_instance();
  made.set_uid("boot-0000000000000001");
  made.set_node("n1");
  made.set_created(kNow - kSecondInNs);
  made.set_observed(kNow);
  change(made);
  return record;
}

v1::Record ledger(const std::function<void(v1::NodeLedger&)>& change = [](auto&) {}) {
  v1::Record record;
  auto& made = *record.mutable_node_ledger();
  made.set_node("n1");
  made.set_agent("boot-1");
  made.set_start(kNow - 10 * kSecondInNs);
  made.set_end(kNow);
  change(made);
  return record;
}

std::string verdict(const v1::Record& record) {
  const auto wrong = check_record(record, kNow);
  return wrong ? std::string(name_of(wrong->refusal)) : "good";
}

TEST(RecordCheck, TakesWhatCanBe) {
  EXPECT_EQ(verdict(instance()), "good");
  EXPECT_EQ(verdict(ledger()), "good");
}

TEST(RecordCheck, AKindOfALaterVersionIsNamed) {
  const auto wrong = check_record(v1::Record(), kNow);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->refusal, Refusal::kUnknownKind);
  EXPECT_NE(wrong->reason.find("update the collector"), std::string::npos);
  EXPECT_EQ(verdict(instance([](auto& r) { r.add_own()->set_activity(static_cast<v1::Activity>(77)); })),
            "unknown_kind");
}

TEST(RecordCheck, AKnownKindWithUnknownFieldsIsTaken) {
  std::string wire = instance().SerializeAsString();
  v1::Record newer;
  ASSERT_TRUE(newer.ParseFromString(wire + "\xfa\x3e\x03zzz"));  // field 1007
  EXPECT_EQ(verdict(newer), "good");
}

TEST(RecordCheck, TheFutureBeginsInFiveMinutes) {
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_observed(kNow + 299 * kSecondInNs); })), "good");
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_observed(kNow + 301 * kSecondInNs); })), "future");
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_gone(kNow + 301 * kSecondInNs); })), "future");
  EXPECT_EQ(verdict(ledger([](auto& r) { r.set_end(kNow + 301 * kSecondInNs); })), "future");
}

TEST(RecordCheck, APeriodEndsAfterItStarts) {
  EXPECT_EQ(verdict(ledger([](auto& r) { r.set_end(r.start() - 1); })), "clock");
  EXPECT_EQ(verdict(ledger([](auto& r) { r.set_end(r.start()); })), "good");
}

TEST(RecordCheck, NamesAreText) {
  EXPECT_EQ(verdict(instance([](auto& r) { r.clear_uid(); })), "text");
  EXPECT_EQ(verdict(instance([](auto& r) { r.clear_node(); })), "text");
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_function(std::string("a\0b", 3)); })), "text");
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_sandbox(std::string(1025, 'a')); })), "text");
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_policy("a\nb"); })), "text");
  for (const std::size_t size : {kMaxKey, kMaxKey + 1}) {
    const char* expected = size == kMaxKey ? "good" : "text";
    EXPECT_EQ(verdict(instance([&](auto& r) { r.set_policy(std::string(size, 'a')); })), expected);
    EXPECT_EQ(verdict(instance([&](auto& r) { r.set_function(std::string(size, 'a')); })), expected);
  }
  EXPECT_EQ(verdict(instance([](auto& r) { r.add_containers("a\nb"); })), "text");
  EXPECT_EQ(verdict(ledger([](auto& r) { r.clear_agent(); })), "text");
  EXPECT_EQ(verdict(ledger([](auto& r) { r.add_cells()->set_component("\x7f"); })), "text");
}

TEST(RecordCheck, NumbersFitIntoSums) {
  EXPECT_EQ(verdict(instance([](auto& r) {
              auto& usage = *r.add_own();
              usage.set_activity(v1::ACTIVITY_INIT);
              usage.set_nanoseconds(kMaxAmount + 1);
            })),
            "number");
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_requests_completed(~0ULL); })), "number");
  EXPECT_EQ(verdict(instance([](auto& r) {
              r.mutable_memory_byte_seconds()->set_busy(std::numeric_limits<double>::quiet_NaN());
            })),
            "number");
  EXPECT_EQ(verdict(instance([](auto& r) { r.mutable_request_seconds()->set_sum_seconds(-1); })), "number");
  EXPECT_EQ(verdict(instance([](auto& r) { r.set_created(-1); })), "number");
  EXPECT_EQ(
      verdict(ledger([](auto& r) { r.set_residual_nanoseconds(std::numeric_limits<std::int64_t>::min()); })),
      "number");
  EXPECT_EQ(verdict(ledger([](auto& r) { r.set_residual_nanoseconds(-5); })), "good");
}

TEST(RecordCheck, BootsAndVersions) {
  EXPECT_EQ(boot_of("6a1c-22-0000000000000001"), "6a1c-22");
  EXPECT_EQ(boot_of("none"), "none");
  EXPECT_TRUE(is_newer("0.2.0", "0.1.9"));
  EXPECT_TRUE(is_newer("0.10", "0.9.9"));
  EXPECT_TRUE(is_newer("1.0.0.1", "1.0.0"));
  EXPECT_FALSE(is_newer("0.1.0", "0.1.0"));
  EXPECT_FALSE(is_newer("", "0.1.0"));
  EXPECT_FALSE(is_newer("x.y", "0.1.0"));
}

}  // namespace
}  // namespace faastax::collector
