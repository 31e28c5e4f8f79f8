// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/committer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

/// Against a store whose every call the test decides: what a real one does at such moments is in tests/.
namespace faastax::collector {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ScriptedStore final : public store::Store {
 public:
  base::Result<store::PutResult> put(std::span<const v1::Record* const>,
                                     std::span<const scaling::ScalingEvent> events,
                                     std::span<const std::string_view>) override {
    std::unique_lock lock(mutex_);
    ++puts_;
    changed_.wait(lock, [this] { return open_; });
    if (!problem_.empty()) return base::failure(problem_);
    sizes_.push_back(events.size());
    return store::PutResult{{}, std::vector<store::Verdict>(events.size())};
  }
  base::Result<void> maintain(std::int64_t, const store::Retention&) override { return {}; }
  base::Result<void> check() override {
    const std::lock_guard lock(mutex_);
    if (!problem_.empty()) return base::failure(problem_);
    return {};
  }

  void set_open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void set_problem(std::string problem) {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(problem);
  }
  std::vector<std::size_t> sizes() const {
    const std::lock_guard lock(mutex_);
    return sizes_;
  }
  int puts() const {
    const std::lock_guard lock(mutex_);
    return puts_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  std::string problem_;
  std::vector<std::size_t> sizes_;  ///< events of each transaction
  int puts_ = 0;
};

class Silent final : public CommitObserver {
 public:
  void records_stored(std::span<const v1::Record* const>, std::span<const store::Verdict>) override {}
  void events_stored(std::span<const scaling::ScalingEvent>, std::span<const store::Verdict>) override {}
  void committed(std::size_t, std::chrono::nanoseconds) override {}
  void store_failed(const std::string&) override { ++failures; }
  void store_recovered() override { ++recoveries; }
  void maintenance_failed(const std::string&) override {}
  std::atomic<int> failures = 0;
  std::atomic<int> recoveries = 0;
};

struct Fate {
  std::atomic<int> stored = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> given_up = 0;
};

class TestDeposit final : public Deposit {
 public:
  TestDeposit(Fate& fate, std::size_t size, bool patient) : fate_(fate), patient_(patient) {
    bytes = size;
    events.resize(1);
  }
  void stored(std::span<const store::Verdict>, std::span<const store::Verdict> verdicts) override {
    EXPECT_EQ(verdicts.size(), 1U);
    ++fate_.stored;
  }
  bool failed(const std::string&) override {
    ++fate_.failed;
    return patient_;
  }
  void given_up(const std::string&) override { ++fate_.given_up; }

 private:
  Fate& fate_;
  bool patient_;
};

class CommitterTest : public ::testing::Test {
 protected:
  bool hand_over(std::size_t bytes = 10, bool patient = true) {
    if (!committer_.reserve(bytes)) return false;
    committer_.submit(std::make_unique<TestDeposit>(fate_, bytes, patient));
    return true;
  }
  static void wait_for(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(milliseconds(1));
    EXPECT_TRUE(condition());
  }
  void hold() {
    store_.set_open(false);
    const int before = store_.puts();
    hand_over(1);
    wait_for([&] { return store_.puts() > before; });
  }

  ScriptedStore store_;
  Silent observer_;
  Fate fate_;
  Committer committer_{store_, {.max_waiting_bytes = 100, .max_together_bytes = 50}, observer_};
};

TEST_F(CommitterTest, WhatWaitsIsStoredTogether) {
  hold();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(hand_over());
  store_.set_open(true);
  wait_for([&] { return fate_.stored == 6; });
  EXPECT_EQ(store_.sizes(), (std::vector<std::size_t>{1, 5}));
  EXPECT_EQ(committer_.waiting_bytes(), 0U);
}

TEST_F(CommitterTest, LittleThatComesSoonAfterEachOtherIsStoredTogether) {
  Committer roomy(store_, {}, observer_);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(roomy.reserve(10));
    roomy.submit(std::make_unique<TestDeposit>(fate_, 10, true));
    std::this_thread::sleep_for(milliseconds(1));
  }
  wait_for([&] { return fate_.stored == 20; });
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_LE(store_.puts(), 2 + took / milliseconds(100));
}

TEST_F(CommitterTest, NotTooManyBytesAreStoredTogether) {
  hold();
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(hand_over());
  store_.set_open(true);
  wait_for([&] { return fate_.stored == 9; });
  EXPECT_EQ(store_.sizes(), (std::vector<std::size_t>{1, 5, 3}));
}

TEST_F(CommitterTest, RoomIsBoundedAndWhoWaitsIsCalled) {
  hold();
  while (hand_over(30)) {
  }
  EXPECT_LE(committer_.waiting_bytes(), 100U);
  std::promise<void> called;
  committer_.when_room([&] { called.set_value(); });
  const auto forgotten = committer_.when_room([] { FAIL(); });
  EXPECT_TRUE(committer_.forget(forgotten));
  auto waits = called.get_future();
  EXPECT_EQ(waits.wait_for(milliseconds(20)), std::future_status::timeout);
  store_.set_open(true);
  EXPECT_EQ(waits.wait_for(seconds(10)), std::future_status::ready);
}

TEST_F(CommitterTest, WhoDoesNotFitIsNotCalledAgainAndAgain) {
  hold();
  std::atomic<int> calls = 0;
  std::atomic<bool> fitted = false;
  const std::function<void()> come = [&] {
    ++calls;
    if (!committer_.reserve(100)) {
      committer_.when_room(come);
    } else {
      committer_.release(100);
      fitted = true;
    }
  };
  committer_.when_room(come);
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(calls, 0);
  store_.set_open(true);
  wait_for([&] { return fitted.load(); });
  EXPECT_EQ(calls, 1);
}

TEST_F(CommitterTest, OneLargerThanAllRoomGoesAlone) {
  EXPECT_TRUE(hand_over(1000));
  wait_for([&] { return fate_.stored == 1; });
}

TEST_F(CommitterTest, AnUnavailableStoreKeepsThePatientAndTellsTheOthers) {
  store_.set_problem("unavailable: disk full");
  hand_over(10, true);
  hand_over(10, false);
  wait_for([&] { return fate_.failed >= 2 && !committer_.state(); });
  EXPECT_EQ(committer_.state().error(), "unavailable: disk full");
  wait_for([&] { return committer_.waiting_bytes() == 10; });
  store_.set_problem("");
  wait_for([&] { return fate_.stored == 1 && committer_.state(); });
  EXPECT_EQ(observer_.failures, 1);
  EXPECT_EQ(observer_.recoveries, 1);
}

TEST_F(CommitterTest, FinishStoresWhatItHas) {
  hold();
  for (int i = 0; i < 5; ++i) hand_over();
  auto finished = std::async(std::launch::async, [&] { committer_.finish(); });
  store_.set_open(true);
  finished.get();
  EXPECT_EQ(fate_.stored, 6);
  hand_over();
  EXPECT_EQ(fate_.given_up, 1);
}

TEST_F(CommitterTest, FinishGivesUpWhatTheStoreDoesNotTake) {
  store_.set_problem("unavailable: gone");
  hand_over();
  wait_for([&] { return fate_.failed > 0; });
  hand_over();
  committer_.finish();
  EXPECT_EQ(fate_.stored, 0);
  EXPECT_EQ(fate_.given_up, 2);
}

}  // namespace
}  // namespace faastax::collector
