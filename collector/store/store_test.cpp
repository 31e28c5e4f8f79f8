// SPDX-License-Identifier: Apache-2.0
#include "collector/store/store.hpp"

#include <gmock/gmock.h>

#include "collector/store/testing_databases.hpp"
#include "collector/store/testing_records.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::store::testing {
namespace {

using ::testing::ElementsAre;

class StoreCase : public StoreTest {
 protected:
  static constexpr Window kAll = {kNow - 10 * kDay, kNow + kDay};

  InstanceTotals totals(const Window& window = kAll) {
    InstanceTotals result;
    for (const InstanceGroup& group : taken(reader()->instances_by(Dimension::kFunction, window))) {
      result.add(group.totals);
    }
    return result;
  }
  LedgerTotals ledgers(const Window& window = kAll) { return taken(reader()->ledger(window)); }
  /// As if its pause had passed.
  void maintain() { ASSERT_TRUE(store_->maintain(now_ += kMinute, {})); }

 private:
  std::int64_t now_ = kNow;
};
FAASTAX_ON_EACH_DATABASE(StoreCase);

TEST_P(StoreCase, ARecordIsStoredOnce) {
  EXPECT_THAT(put({instance(1, kNow), instance(2, kNow)}), ElementsAre("new", "new"));
  EXPECT_THAT(put({instance(1, kNow), instance(3, kNow)}), ElementsAre("repeated", "new"));
  EXPECT_EQ(totals().instances, 3);
  EXPECT_EQ(totals().started, 3);
  maintain();
  EXPECT_THAT(put({instance(1, kNow)}), ElementsAre("repeated"))
      << "sums know nothing of uids, the records do";
  EXPECT_EQ(totals().instances, 3);
}

TEST_P(StoreCase, TheHighestSequenceWinsAndIsCountedOnce) {
  const v1::Record first = instance(1, kNow, 1);
  EXPECT_THAT(put({first}), ElementsAre("new"));
  EXPECT_THAT(put({later(first, 3, kNow + 10 * kSecond, 5)}), ElementsAre("replaced"));
  EXPECT_THAT(put({later(first, 2, kNow + 5 * kSecond, 4)}), ElementsAre("repeated"));
  const InstanceTotals found = totals();
  EXPECT_EQ(found.instances, 1);
  EXPECT_EQ(found.requests_completed, 5);
  EXPECT_EQ(found.own.ns[ledger::index_of(ledger::Activity::kHandle)][0], 50'000'000);
  EXPECT_EQ(found.cold_start_seconds.count(), 1);
  EXPECT_DOUBLE_EQ(found.memory_byte_seconds[ledger::index_of(ledger::InstanceState::kBusy)], 1e6);
}

TEST_P(StoreCase, SnapshotsInOneCallAreOneRecord) {
  const v1::Record first = instance(1, kNow, 1);
  EXPECT_THAT(put({first, later(first, 3, kNow, 5), later(first, 2, kNow, 4)}),
              ElementsAre("repeated", "new", "repeated"));
  EXPECT_EQ(totals().requests_completed, 5);
}

TEST_P(StoreCase, WhatASnapshotAddsIsBookedWhenItWasTaken) {
  const v1::Record first = instance(1, kNow, 1);
  put({first});
  maintain();
  put({later(first, 2, kNow + 2 * kHour, 5)});
  EXPECT_EQ(totals({kNow, kNow + kHour}).requests_completed, 1);
  EXPECT_EQ(totals({kNow + kHour, kNow + 3 * kHour}).requests_completed, 4);
  maintain();
  EXPECT_EQ(totals({kNow + kHour, kNow + 3 * kHour}).requests_completed, 4);
  EXPECT_EQ(totals({kNow + kHour, kNow + 3 * kHour}).instances, 0) << "it was first seen before";
}

TEST_P(StoreCase, ALateRecordIsCounted) {
  put({instance(1, kNow)});
  maintain();
  put({instance(2, kNow - 3 * kDay)});
  EXPECT_EQ(totals().instances, 2);
  EXPECT_EQ(totals({kNow - 3 * kDay, kNow - 2 * kDay}).instances, 1);
  maintain();
  EXPECT_EQ(totals().instances, 2);
  EXPECT_EQ(totals({kNow - 3 * kDay, kNow - 2 * kDay}).instances, 1);
}

TEST_P(StoreCase, AFunctionThatBecomesKnownLaterTakesItsRecordAlong) {
  v1::Record record = instance(1, kNow, 2);
  record.mutable_instance()->set_function("0123456789ab");
  put({record});
  record.mutable_instance()->set_function("f1");
  put({later(record, 2, kNow + kSecond, 3)});
  for (const InstanceGroup& group : taken(reader()->instances_by(Dimension::kFunction, kAll))) {
    EXPECT_EQ(group.totals.requests_completed, group.key.function == "f1" ? 3 : 0) << group.key.function;
    EXPECT_EQ(group.totals.instances, group.key.function == "f1" ? 1 : 0) << group.key.function;
  }
}

TEST_P(StoreCase, ALedgerIsNeverRewritten) {
  EXPECT_THAT(put({ledger(1, kNow), ledger(2, kNow + 10 * kSecond)}), ElementsAre("new", "new"));
  v1::Record other = ledger(1, kNow);
  other.mutable_node_ledger()->set_idle_nanoseconds(0);
  EXPECT_THAT(put({other, other}), ElementsAre("repeated", "repeated"));
  EXPECT_EQ(ledgers().ledgers, 2);
  EXPECT_EQ(ledgers().idle_ns, 28 * kSecond);
}

TEST_P(StoreCase, LedgersBalance) {
  for (int i = 0; i < 30; ++i)
    put({ledger(i, kNow + i * 10 * kSecond), ledger(i, kNow + i * 10 * kSecond, "n2")});
  maintain();
  const LedgerTotals all = ledgers();
  EXPECT_EQ(all.wall_ns,
            sum(all.by_activity().ns) + all.idle_ns + all.steal_ns + all.unsettled_ns + all.residual_ns);
  EXPECT_EQ(all.cpu.at({OwnerKind::kComponent, "runc"}).ns[0][0], 60 * kSecond);
  LedgerTotals nodes;
  for (const NodeGroup& group : taken(reader()->ledger_by_node(kAll))) {
    EXPECT_EQ(group.totals.latest.kernel, "6.1");
    nodes.add(group.totals);
  }
  EXPECT_EQ(nodes.wall_ns, all.wall_ns);
  EXPECT_EQ(nodes.by_activity(), all.by_activity());
}

TEST_P(StoreCase, StealMayGoBack) {
  v1::Record record = ledger(1, kNow);
  record.mutable_node_ledger()->set_steal_nanoseconds(-1000);
  record.mutable_node_ledger()->set_residual_nanoseconds(1000);
  put({record});
  EXPECT_EQ(ledgers().steal_ns, -1000);
  maintain();
  EXPECT_EQ(ledgers().steal_ns, -1000);
  EXPECT_EQ(ledgers().residual_ns, 1000);
}

TEST_P(StoreCase, ATimeSeriesLeavesNothingOut) {
  std::vector<v1::Record> records;
  for (int i = 0; i < 600; ++i) records.push_back(ledger(i, kNow + (i + 1) * 10 * kSecond));
  put(records);
  maintain();
  put({ledger(1000, kNow + kHour)});
  for (const std::size_t most : {1U, 5U, 30U, 1000U}) {
    const std::vector<LedgerPoint> points =
        taken(reader()->ledger_series({kNow, kNow + 6000 * kSecond}, most));
    EXPECT_LE(points.size(), most);
    LedgerTotals total;
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_TRUE(i == 0 || points[i].window.start_ns == points[i - 1].window.end_ns);
      total.add(points[i].totals);
    }
    EXPECT_EQ(total.ledgers, 601);
  }
}

TEST_P(StoreCase, RefusalsSayWhy) {
  v1::Record nameless = instance(1, kNow);
  nameless.mutable_instance()->set_uid("first");
  v1::Record timeless;
  timeless.mutable_instance()->set_uid(uid_of(2));
  v1::Record agentless = ledger(1, kNow);
  agentless.mutable_node_ledger()->clear_agent();
  EXPECT_THAT(
      put({nameless, instance(3, kNow), timeless, agentless, v1::Record{}}),
      ElementsAre("uid is not \"<boot id>-<16 hex digits>\"", "new", "the record has no time",
                  "the node ledger names no agent", "a record of a kind that this program does not know"));
  EXPECT_EQ(totals().instances, 1);
}

TEST_P(StoreCase, WhatIsStoredOutlivesTheProgram) {
  put({instance(1, kNow), ledger(1, kNow)});
  store_ = opened();
  EXPECT_THAT(put({instance(1, kNow), ledger(1, kNow)}), ElementsAre("repeated", "repeated"));
  EXPECT_EQ(totals().instances, 1);
  EXPECT_EQ(ledgers().ledgers, 1);
}

TEST_P(StoreCase, EventsAreStoredOnceInTheOrderOfTime) {
  const auto event = [](const std::string& source, const std::string& id, std::int64_t time) {
    return scaling::ScalingEvent{.source = source,
                                 .id = id,
                                 .time = scaling::UnixTime(std::chrono::nanoseconds(time)),
                                 .data = scaling::Decision{.decision_id = id,
                                                           .subject = {"lab", "f1", ledger::Track::kRegular},
                                                           .policy = "async",
                                                           .from = 0,
                                                           .to = 1,
                                                           .reason = "stable"}};
  };
  const std::vector<scaling::ScalingEvent> events = {event("a", "1", kNow + 2), event("a", "2", kNow),
                                                     event("b", "1", kNow + 1), event("a", "1", kNow + 2)};
  const PutResult first = taken(store_->put({}, events));
  EXPECT_EQ(first.events[0].outcome, Outcome::kNew);
  EXPECT_EQ(first.events[3].outcome, Outcome::kRepeated);
  for (const Verdict& verdict : taken(store_->put({}, events)).events)
    EXPECT_EQ(verdict.outcome, Outcome::kRepeated);
  EXPECT_THAT(taken(reader()->events(kAll)), ElementsAre(events[1], events[2], events[0]));
  EXPECT_THAT(taken(reader()->events({kNow + 1, kNow + 2})), ElementsAre(events[2]));
}

scaling::ScalingEvent event_of(const std::string& id, std::int64_t time,
                               decltype(scaling::ScalingEvent::data) data) {
  return {.source = "lab/1",
          .id = id,
          .time = scaling::UnixTime(std::chrono::nanoseconds(time)),
          .data = std::move(data)};
}

scaling::ScalingEvent decision_of(const std::string& id, const std::string& policy) {
  return event_of(id, kNow,
                  scaling::Decision{.decision_id = id,
                                    .subject = {"lab", "f1", ledger::Track::kRegular},
                                    .policy = policy,
                                    .from = 0,
                                    .to = 1,
                                    .reason = "stable"});
}

scaling::ScalingEvent start_of(const std::string& sandbox, const std::string& decision) {
  scaling::Instance started;
  started.decision_id = decision;
  started.instance = sandbox;
  started.node = "n1";
  started.subject = {"lab", "f1", ledger::Track::kRegular};
  return event_of("start-" + sandbox, kNow, std::move(started));
}

TEST_P(StoreCase, APolicyIsTheDecisionsWhicheverComesFirst) {
  const std::vector<scaling::ScalingEvent> before = {start_of("sandbox-1", "d1"), decision_of("d1", "async")};
  const std::vector<scaling::ScalingEvent> after = {decision_of("d2", "dual"), start_of("sandbox-2", "d2")};
  const auto policies = [&] {
    std::map<std::string, std::int64_t> requests;
    for (const InstanceGroup& group : taken(reader()->instances_by(Dimension::kPolicy, kAll))) {
      if (group.totals.instances != 0) requests[group.key.policy] = group.totals.requests_completed;
    }
    return requests;
  };
  const v1::Record late = instance(2, kNow, 20);
  ASSERT_TRUE(store_->put({}, before));
  put({instance(1, kNow, 10), late, instance(3, kNow, 30)});
  EXPECT_EQ(policies(), (std::map<std::string, std::int64_t>{{"async", 10}, {"", 50}}));
  ASSERT_TRUE(store_->put({}, after));
  maintain();
  EXPECT_EQ(policies(), (std::map<std::string, std::int64_t>{{"async", 10}, {"dual", 20}, {"", 30}}));
  EXPECT_THAT(put({later(late, 2, kNow + kSecond, 21)}), ElementsAre("replaced"));
  for (int i = 0; i < 3; ++i) maintain();
  EXPECT_EQ(policies(), (std::map<std::string, std::int64_t>{{"async", 10}, {"dual", 21}, {"", 30}}));
}

TEST_P(StoreCase, APolicyOutlivesTheEventsThatToldIt) {
  const v1::Record first = instance(1, kNow, 1);
  ASSERT_TRUE(store_->put({}, std::vector{decision_of("d1", "async"), start_of("sandbox-1", "d1")}));
  put({first});
  put({later(first, 2, kNow + 5 * kDay, 2)});
  const Retention retention = {.raw_days = 3, .minutes_days = 0, .hours_days = 0, .days_days = 0};
  ASSERT_TRUE(store_->maintain(kNow + 6 * kDay, retention));  // the events are gone, the instance lives
  EXPECT_THAT(put({later(first, 3, kNow + 6 * kDay, 3)}), ElementsAre("replaced"));
  std::map<std::string, std::int64_t> requests;
  for (const InstanceGroup& group :
       taken(reader()->instances_by(Dimension::kPolicy, {kNow - kDay, kNow + 7 * kDay}))) {
    if (group.totals.instances != 0) requests[group.key.policy] = group.totals.requests_completed;
  }
  EXPECT_EQ(requests, (std::map<std::string, std::int64_t>{{"async", 3}}));
}

TEST_P(StoreCase, AnOlderSchemaIsBroughtUpToDate) {
  put({instance(1, kNow)});
  database_->execute(
      "DROP TABLE placement; DROP TABLE decision; DELETE FROM faastax_schema WHERE version > 1");
  EXPECT_THAT(open_reader(database_->url()).error(),
              ::testing::HasSubstr("start its faastax-collector once"));
  store_ = opened();
  EXPECT_THAT(put({instance(1, kNow), instance(2, kNow)}), ElementsAre("repeated", "new"));
  EXPECT_EQ(totals().instances, 2);
}

TEST_P(StoreCase, InstancesAreFoundByTheirSandboxes) {
  put({instance(1, kNow), instance(2, kNow), instance(3, kNow + kHour)});
  const auto found =
      taken(reader()->instances({kNow, kNow + kHour}, {"sandbox-2", "sandbox-3", "sandbox-9"}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].SerializeAsString(), instance(2, kNow).instance().SerializeAsString());
  EXPECT_TRUE(taken(reader()->instances({kNow + kDay, kNow + 2 * kDay}, {"sandbox-2"})).empty());
}

TEST_P(StoreCase, ANewerSchemaIsRefused) {
  database_->execute("INSERT INTO faastax_schema VALUES (99)");
  EXPECT_THAT(open(database_->url()).error(),
              ::testing::HasSubstr("the store has schema version 99, this program knows"));
  EXPECT_THAT(open_reader(database_->url()).error(), ::testing::HasSubstr("schema version 99"));
}

TEST_P(StoreCase, TwoStoresOnOneDatabaseCountOnce) {
  const std::unique_ptr<Store> other = opened();
  const v1::Record first = instance(1, kNow, 1);
  EXPECT_THAT(put({first, instance(2, kNow)}), ElementsAre("new", "new"));
  EXPECT_THAT(put_to(*other, {first, instance(3, kNow)}), ElementsAre("repeated", "new"));
  EXPECT_THAT(put_to(*other, {later(first, 2, kNow + kSecond, 7)}), ElementsAre("replaced"));
  EXPECT_THAT(put({later(first, 2, kNow + kSecond, 7)}), ElementsAre("repeated"));
  maintain();
  ASSERT_TRUE(other->maintain(kNow, {}));
  EXPECT_EQ(totals().instances, 3);
  EXPECT_EQ(totals().requests_completed, 9);
}

/// In no order of their keys, of two nodes' functions that take turns, between rows that are there already.
TEST_P(StoreCase, EachOfManyInOneCallIsTakenForWhatItIs) {
  constexpr int kMany = 131;
  const auto record_of = [](int i) {
    v1::Record record = instance(static_cast<std::uint64_t>(i), kNow);
    record.mutable_instance()->set_node("n" + std::to_string(i / 60));
    record.mutable_instance()->set_function("f" + std::to_string(i % 2));
    return record;
  };
  std::vector<v1::Record> known;
  for (int i = 0; i < kMany; i += 7) known.push_back(record_of(i));
  put(known);
  std::vector<v1::Record> records;
  std::vector<std::string> expected;
  for (int turn = 0; turn < kMany; ++turn) {
    const int i = turn * 37 % kMany;
    const bool newer = i % 14 == 0;
    records.push_back(newer ? later(record_of(i), 2, kNow + kSecond, 5) : record_of(i));
    expected.emplace_back(newer ? "replaced" : i % 7 == 0 ? "repeated" : "new");
  }
  EXPECT_EQ(put(records), expected);
  EXPECT_EQ(totals().instances, kMany);
  EXPECT_EQ(totals().requests_completed, kMany + 10 * 4);
  std::vector<std::int64_t> by_node;
  for (const InstanceGroup& group : taken(reader()->instances_by(Dimension::kNode, kAll))) {
    by_node.push_back(group.totals.instances);
  }
  EXPECT_THAT(by_node, ElementsAre(60, 60, 11));
  for (const InstanceGroup& group : taken(reader()->instances_by(Dimension::kFunction, kAll))) {
    EXPECT_EQ(group.totals.instances, group.key.function == "f0" ? 66 : 65);
  }
}

TEST_P(StoreCase, GroupsOfAnyDimensionAddUpToTheSame) {
  std::vector<v1::Record> records;
  for (int i = 0; i < 200; ++i) {
    v1::Record record = ended(instance(i, kNow - i * kHour, i % 3), kNow - i * kHour + kMinute);
    record.mutable_instance()->set_function("f" + std::to_string(i % 7));
    record.mutable_instance()->set_node("n" + std::to_string(i % 5));
    record.mutable_instance()->set_track(i % 2 == 0 ? v1::TRACK_REGULAR : v1::TRACK_EMERGENCY);
    records.push_back(record);
  }
  put({records.begin(), records.begin() + 150});
  maintain();
  put({records.begin() + 150, records.end()});
  const std::array<std::size_t, 4> sizes = {14, 2, 1, 5};
  for (const Dimension dimension :
       {Dimension::kFunction, Dimension::kTrack, Dimension::kPolicy, Dimension::kNode}) {
    const std::vector<InstanceGroup> groups = taken(reader()->instances_by(dimension, kAll));
    EXPECT_EQ(groups.size(), sizes[static_cast<std::size_t>(dimension)]);
    InstanceTotals total;
    for (const InstanceGroup& group : groups) total.add(group.totals);
    EXPECT_EQ(total.ended, 200);
    EXPECT_EQ(total.served_none, 67);
    EXPECT_EQ(total.requests_completed, 199);
    EXPECT_EQ(total.cold_start_seconds.count(), 200);
  }
}

}  // namespace
}  // namespace faastax::store::testing
