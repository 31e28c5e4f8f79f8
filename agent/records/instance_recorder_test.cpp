// SPDX-License-Identifier: Apache-2.0
#include "agent/records/instance_recorder.hpp"

#include <gtest/gtest.h>

#include "ledger/testdata/script.hpp"

namespace faastax::records {
namespace {

using ledger::testdata::kMs;
using ledger::testdata::kSecond;
using ledger::testdata::Script;

constexpr ledger::Nanoseconds kPeriod = 30 * kSecond;
constexpr ledger::Nanoseconds kReal = 1'700'000'000 * kSecond;  ///< when the node's clock was at 0

class Recorder : public ::testing::Test {
 protected:
  std::vector<v1::InstanceRecord> look() {
    node_.read();
    recorder_.see(node_.ledger().live_instances(), node_.ledger().take_ended_instances(), node_.now());
    return recorder_.due(clocks(), node_.totals().counting);
  }
  std::vector<v1::InstanceRecord> look_after(ledger::Nanoseconds time) {
    node_.pass(time);
    return look();
  }
  ledger::ClocksRead clocks() const { return {.mono = node_.now(), .real = kReal + node_.now()}; }
  static std::int64_t real(ledger::Nanoseconds mono) { return static_cast<std::int64_t>(kReal + mono); }

  Script node_;
  InstanceRecorder recorder_{{.node = "n1", .boot = "b00t", .born = 0x1000}, kPeriod};
};

TEST_F(Recorder, TellsALifeWhenItHasEnded) {
  const auto begun = node_.now();
  node_.identify(100, "shop");
  const auto box = node_.start("box", 100);
  const auto execed = node_.now();
  node_.run(box.main, 5 * kMs, ledger::Phase::kStarting);
  node_.ready(100);
  const auto ready = node_.now();
  node_.run(box.main, 3 * kMs, ledger::Phase::kBusy);
  node_.request(100, ready);
  const auto answered = node_.now();
  node_.run(box.runtime, 2 * kMs);
  node_.memory(100, ledger::InstanceState::kIdle, 512, 4096);
  EXPECT_TRUE(look().empty()) << "it lives, and not for a period yet";
  const auto stopped = node_.now();
  node_.finish(box, 0);
  EXPECT_TRUE(look().empty()) << "its runtime may not be done";
  const auto records = look_after(3 * kSecond);
  ASSERT_EQ(records.size(), 1U);
  const v1::InstanceRecord& record = records.front();
  EXPECT_EQ(record.uid(), "b00t-0000000000001001");
  EXPECT_EQ(record.sequence(), 1U);
  EXPECT_EQ(record.node(), "n1");
  EXPECT_EQ(record.sandbox(), "box");
  EXPECT_EQ(record.runtime(), "crun");
  EXPECT_EQ(record.namespace_(), "ns");
  EXPECT_EQ(record.function(), "shop");
  EXPECT_EQ(record.track(), v1::TRACK_REGULAR);
  EXPECT_EQ(record.kind(), v1::KIND_SERVER);
  EXPECT_FALSE(record.live_at_start());
  EXPECT_EQ(record.created(), real(begun));
  EXPECT_EQ(record.executed(), real(execed));
  EXPECT_EQ(record.ready(), real(ready));
  EXPECT_EQ(record.first_request(), real(ready));
  EXPECT_EQ(record.last_request(), real(answered));
  EXPECT_EQ(record.gone(), real(stopped));
  EXPECT_EQ(record.ended(), "exit:0");
  EXPECT_EQ(record.requests_completed(), 1U);
  ASSERT_EQ(record.request_seconds().buckets_size(), 1);
  EXPECT_DOUBLE_EQ(record.request_seconds().sum_seconds(), 0.003);
  ASSERT_EQ(record.own_size(), 2);
  EXPECT_EQ(record.own(0).activity(), v1::ACTIVITY_INIT);
  EXPECT_EQ(record.own(0).nanoseconds(), 5 * kMs);
  EXPECT_EQ(record.own(1).activity(), v1::ACTIVITY_HANDLE);
  EXPECT_EQ(record.own(1).nanoseconds(), 3 * kMs);
  ASSERT_EQ(record.served_size(), 1);
  EXPECT_EQ(record.served(0).nanoseconds(), 2 * kMs);
  EXPECT_FALSE(record.served(0).has_cycles()) << "nothing counts them";
  EXPECT_DOUBLE_EQ(record.memory_byte_seconds().idle(), 512);
  EXPECT_EQ(record.memory_peak_bytes(), 4096U);
  EXPECT_TRUE(look_after(10 * kSecond).empty());
  EXPECT_EQ(recorder_.watched(), 0U) << "nothing more can be booked to it";
}

TEST_F(Recorder, SnapshotsWhatChangesEveryPeriodAndWhatOnlySleepsMoreSeldom) {
  const auto box = node_.start("box", 100);
  node_.ready(100);
  look();
  ASSERT_EQ(look_after(kPeriod).size(), 1U);
  EXPECT_TRUE(look_after(kPeriod).empty()) << "nothing changed";
  node_.memory(100, ledger::InstanceState::kIdle, 1024);
  EXPECT_TRUE(look_after(kPeriod).empty()) << "memory alone has time";
  const auto later = look_after(9 * kPeriod);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later.front().sequence(), 2U);
  EXPECT_FALSE(later.front().has_gone());
  node_.run(box.main, kMs, ledger::Phase::kIdle);
  EXPECT_TRUE(look_after(kSecond).empty()) << "not for a period yet";
  ASSERT_EQ(look_after(kPeriod).size(), 1U);
}

TEST_F(Recorder, TellsAgainWhatWasTakenBack) {
  const auto box = node_.start("box", 100);
  node_.ready(100);
  const auto child = node_.fork(box.main);
  node_.run(child, 5 * kMs, ledger::Phase::kIdle);
  look();
  ASSERT_EQ(look_after(kPeriod).size(), 1U);
  node_.misjudge(child, -static_cast<std::int64_t>(kMs), ledger::Phase::kIdle);
  node_.exit(child);
  const auto records = look_after(kPeriod);
  ASSERT_EQ(records.size(), 1U);
  ASSERT_EQ(records.front().own_size(), 1);
  EXPECT_EQ(records.front().own(0).nanoseconds(), 4 * kMs);
  ASSERT_EQ(records.front().served_size(), 1) << "overbooked";
  EXPECT_EQ(records.front().served(0).nanoseconds(), kMs);
}

TEST_F(Recorder, TellsEverythingAtItsEnd) {
  node_.start("box", 100);
  look();
  const auto all = recorder_.all(clocks(), node_.totals().counting);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all.front().ended().empty());
  EXPECT_TRUE(recorder_.all(clocks(), node_.totals().counting).empty()) << "told once";
}

TEST_F(Recorder, NamesAreTextWhateverAProgramIsCalled) {
  node_.identify(100, "\xd0\xbe\x1b\xd0");  // cut within a character, as the kernel cuts a long name
  node_.start("box", 100);
  look();
  const auto all = recorder_.all(clocks(), node_.totals().counting);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().function(), "\xd0\xbe\xef\xbf\xbd\xef\xbf\xbd");
  v1::InstanceRecord read;
  EXPECT_TRUE(read.ParseFromString(all.front().SerializeAsString())) << "or it would never be sent";
}

TEST_F(Recorder, OfWhatWasThereBeforeNobodyKnowsTheBeginning) {
  node_.adopt(100, "old", ledger::Phase::kIdle);
  look();
  const auto records = look_after(kPeriod);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_TRUE(records.front().live_at_start());
  EXPECT_FALSE(records.front().has_created());
  EXPECT_FALSE(records.front().has_executed());
}

}  // namespace
}  // namespace faastax::records
