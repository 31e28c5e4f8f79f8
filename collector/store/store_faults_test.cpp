// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <random>
#include <thread>

#include "collector/store/connector.hpp"
#include "collector/store/testing_databases.hpp"
#include "collector/store/testing_records.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::store::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Window kAll = {kNow - 10 * kDay, kNow + kDay};

class FaultCase : public StoreTest {
 protected:
  std::int64_t instances() {
    std::int64_t result = 0;
    for (const InstanceGroup& group : taken(reader()->instances_by(Dimension::kNode, kAll))) {
      result += group.totals.instances;
    }
    return result;
  }
};
FAASTAX_ON_EACH_DATABASE(FaultCase);

/// While it lives no file of this process can grow beyond `bytes`: writes fail as on a disk without room.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_P(FaultCase, ADiskThatTakesNothingIsToldAndComesBack) {
  if (GetParam() != "sqlite") GTEST_SKIP() << "the server has the disk";
  put({instance(1, kNow)});
  const v1::Record record = instance(2, kNow);
  const v1::Record* const pointer = &record;
  {
    const FileLimit limit(1);
    EXPECT_THAT(store_->put({&pointer, 1}, {}).error(), StartsWith("unavailable: "));
    EXPECT_FALSE(store_->check());
    EXPECT_FALSE(store_->maintain(kNow, {}));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(put({record}), std::vector<std::string>{"new"});
  EXPECT_TRUE(store_->check());
  EXPECT_EQ(instances(), 2);
}

TEST_P(FaultCase, AConnectionThatIsCutIsMadeAgain) {
  if (GetParam() != "postgres") GTEST_SKIP() << "SQLite has no connection";
  put({instance(1, kNow)});
  database_->execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND"
      " pid <> pg_backend_pid() AND backend_type = 'client backend'");
  const v1::Record record = instance(2, kNow);
  const v1::Record* const pointer = &record;
  EXPECT_THAT(store_->put({&pointer, 1}, {}).error(), StartsWith("unavailable: postgres://"));
  EXPECT_EQ(put({record}), std::vector<std::string>{"new"}) << "at once after the first failure";
  EXPECT_EQ(instances(), 2);
}

TEST_P(FaultCase, TwoThatStoreTheSameAtTheSameTimeCountOnce) {
  std::vector<v1::Record> records;
  for (int i = 0; i < 400; ++i) records.push_back(i % 4 == 0 ? ledger(i, kNow) : instance(i, kNow));
  const auto work = [&](unsigned seed) {
    const std::unique_ptr<Store> store = opened();
    std::vector<v1::Record> mine = records;
    std::shuffle(mine.begin(), mine.end(), std::mt19937(seed));
    for (std::size_t i = 0; i < mine.size(); i += 50) {
      put_to(*store, {mine.begin() + static_cast<std::ptrdiff_t>(i),
                      mine.begin() + static_cast<std::ptrdiff_t>(i + 50)});
      EXPECT_TRUE(store->maintain(kNow + static_cast<std::int64_t>(i) * kMinute, {}));
    }
  };
  std::jthread other(work, 1);
  work(2);
  other.join();
  EXPECT_EQ(instances(), 300);
  EXPECT_EQ(taken(reader()->ledger(kAll)).ledgers, 100);
}

TEST_P(FaultCase, AWindowEndsWhereItEndsWhenNoMinutesAreLeft) {
  const std::int64_t midnight = kNow - kNow % kDay;
  put({instance(1, midnight + 2 * kHour), instance(2, midnight + 20 * kHour)});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(store_->maintain(midnight + 5 * kDay + i * kMinute, {}));
  std::int64_t found = 0;
  for (const InstanceGroup& group :
       taken(reader()->instances_by(Dimension::kNode, {midnight, midnight + 12 * kHour}))) {
    found += group.totals.instances;
  }
  EXPECT_EQ(found, 1);
}

TEST_P(FaultCase, OldRowsGoAndTheirSumsStay) {
  std::vector<v1::Record> records;
  for (int day = 0; day < 10; ++day) records.push_back(instance(day, kNow - day * kDay));
  put(records);
  const Retention retention = {.raw_days = 3, .minutes_days = 1, .hours_days = 2, .days_days = 5};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store_->maintain(kNow + i * kMinute, retention));
  EXPECT_EQ(instances(), 6) << "days from the one five days ago on";
  const Window hour = taken(reader()->resolved({kNow - 3 * kDay + kMinute, kNow - 3 * kDay + 2 * kMinute}));
  EXPECT_EQ(hour.end_ns - hour.start_ns, kDay);
  std::set<std::string> all;
  for (int day = 0; day < 10; ++day) all.insert("sandbox-" + std::to_string(day));
  EXPECT_EQ(taken(reader()->instances(kAll, all)).size(), 3U);
}

TEST_P(FaultCase, ARecordThatIsSentAgainAfterItsRowIsGoneCountsOnce) {
  const std::vector<v1::Record> records = {instance(1, kNow - 4 * kDay), ledger(1, kNow - 4 * kDay),
                                           instance(2, kNow - 2 * kDay)};
  put(records);
  const Retention retention = {.raw_days = 3};
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(store_->maintain(kNow + i * kMinute, retention));
  const std::vector<std::string> again = put(records);
  EXPECT_THAT(again[0], HasSubstr("`raw_days`"));
  EXPECT_THAT(again[1], HasSubstr("`raw_days`"));
  EXPECT_EQ(again[2], "repeated");
  EXPECT_EQ(instances(), 2);
  EXPECT_EQ(taken(reader()->ledger(kAll)).ledgers, 1);
}

TEST_P(FaultCase, ARecordIsRefusedBeforeItsLikeGoes) {
  const Retention retention = {.raw_days = 3};
  ASSERT_TRUE(store_->maintain(kNow, retention));
  const std::int64_t oldest = kNow - 3 * kDay + kHour;
  const v1::Record kept = instance(1, oldest);
  EXPECT_EQ(put({kept}), std::vector<std::string>{"new"});
  EXPECT_THAT(put({instance(2, oldest - 2 * kSecond)})[0], HasSubstr("`raw_days`"));
  for (int i = 1; i < 3; ++i) ASSERT_TRUE(store_->maintain(kNow + kHour - i * kMinute, retention));
  EXPECT_EQ(taken(reader()->instances(kAll, {"sandbox-1"})).size(), 1U)
      << "its row outlives its time to come";
}

TEST_P(FaultCase, ManyOldRowsGoWithoutAPause) {
  std::vector<v1::Record> records;
  std::set<std::string> all;
  for (int i = 0; i < 12'000; ++i) {
    records.push_back(instance(i, kNow - 5 * kDay));
    all.insert("sandbox-" + std::to_string(i));
  }
  put(records);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store_->maintain(kNow + i * kSecond, {.raw_days = 3}));
  EXPECT_TRUE(taken(reader()->instances(kAll, all)).empty());
}

TEST(Open, SaysWhatIsWrong) {
  EXPECT_THAT(open("/nonexistent/folder/store.db").error(), HasSubstr("/nonexistent/folder/store.db"));
  EXPECT_THAT(open_reader("/nonexistent/store.db").error(), HasSubstr("unable to open database file"));
  EXPECT_THAT(
      open("postgres://me:secret@127.0.0.1:1/x").error(),
      ::testing::AllOf(HasSubstr("postgres://me@127.0.0.1:1/x: "), ::testing::Not(HasSubstr("secret"))));
}

TEST(Connector, BacksOffAfterTheFirstFailure) {
  int tries = 0;
  Connector connector(
      [&]() -> std::unique_ptr<Backend> {
        ++tries;
        throw DatabaseError("no server");
      },
      nullptr);
  const Connector::Clock::time_point start{};
  const auto at = [&](int milliseconds) {
    return connector.get(start + std::chrono::milliseconds(milliseconds));
  };
  connector.failed(start, "lost");
  EXPECT_EQ(at(0).error(), "no server") << "the first try is at once";
  EXPECT_EQ(at(50).error(), "no server");
  EXPECT_EQ(tries, 1);
  at(100);
  EXPECT_EQ(tries, 2);
  at(250);
  EXPECT_EQ(tries, 2) << "the pause grows";
  at(300);
  EXPECT_EQ(tries, 3);
  for (int i = 1; i < 100; ++i) at(300 + i * 10'000);
  EXPECT_EQ(tries, 102) << "and ends at 10 s";
}

}  // namespace
}  // namespace faastax::store::testing
