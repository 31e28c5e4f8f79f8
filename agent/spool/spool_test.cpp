// SPDX-License-Identifier: Apache-2.0
#include "agent/spool/spool.hpp"
#include "agent/base/testing_folder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <limits>
#include <optional>

namespace faastax::spool {
namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

std::vector<std::string> payloads(Spool& spool) {
  std::vector<std::string> result;
  for (const Frame& frame : spool.read(0, kAny, kAny)) result.push_back(frame.payload);
  return result;
}

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> result;
  for (int i = from; i < to; ++i) result.push_back("record " + std::to_string(i));
  return result;
}

class SpoolTest : public ::testing::Test {
 protected:
  /// As after a kill: nothing is written at the end.
  Spool& reopen() {
    spool_.reset();
    spool_.emplace(SpoolOptions{.folder = folder_.path() / "spool", .bytes = bytes_, .memory_bytes = 1000});
    return *spool_;
  }
  void append(int from, int to) {
    for (const std::string& payload : numbers(from, to)) spool_->append(payload);
  }
  std::filesystem::path only_segment() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "spool")) {
      if (entry.path().extension() == ".seg") return entry.path();
    }
    return {};
  }

  base::TemporaryFolder folder_;
  std::uint64_t bytes_ = 1U << 20;
  std::optional<Spool> spool_;
};

TEST_F(SpoolTest, GivesBackInOrderAndAcrossALife) {
  reopen();
  append(0, 5);
  EXPECT_EQ(payloads(*spool_), numbers(0, 5));
  reopen();
  append(5, 8);
  EXPECT_EQ(payloads(*spool_), numbers(0, 8));
  EXPECT_EQ(spool_->records(), 8U);
  EXPECT_EQ(spool_->lost(), 0U);
}

TEST_F(SpoolTest, ReadsAPartFromAnywhere) {
  reopen();
  append(0, 10);
  const auto some = spool_->read(3, 2, kAny);
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some[0].payload, "record 3");
  EXPECT_EQ(some[1].index, 4U);
  EXPECT_EQ(spool_->read(1, kAny, 1).size(), 1U) << "one goes over the limit, and no second";
  EXPECT_TRUE(spool_->read(10, kAny, kAny).empty());
}

TEST_F(SpoolTest, WhatIsAcknowledgedIsNotSentAgain) {
  reopen();
  append(0, 5);
  spool_->acknowledge(3);
  reopen();
  EXPECT_EQ(spool_->first_unsent(), 3U);
  EXPECT_EQ(spool_->records(), 2U);
  spool_->acknowledge(5);
  EXPECT_EQ(spool_->records(), 0U);
  reopen();
  append(5, 6);
  ASSERT_EQ(spool_->read(spool_->first_unsent(), kAny, kAny).size(), 1U);
  EXPECT_EQ(spool_->read(spool_->first_unsent(), kAny, kAny).front().index, 5U) << "no index comes twice";
}

TEST_F(SpoolTest, ATornTailIsCutWhereverItIsTorn) {
  reopen();
  append(0, 2);
  const auto whole = std::filesystem::file_size(only_segment());
  append(2, 3);
  const auto torn = std::filesystem::file_size(only_segment());
  for (auto size = torn - 1; size > whole; --size) {
    spool_.reset();
    std::filesystem::resize_file(only_segment(), size);
    reopen();
    ASSERT_EQ(payloads(*spool_), numbers(0, 2)) << size;
    append(2, 3);
    ASSERT_EQ(payloads(*spool_), numbers(0, 3)) << size;
  }
  EXPECT_EQ(spool_->lost(), 0U);
}

TEST_F(SpoolTest, WhatWasChangedIsNotGivenBack) {
  reopen();
  append(0, 3);
  spool_.reset();
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(only_segment()));
  std::fstream(only_segment(), std::ios::in | std::ios::out | std::ios::binary).seekp(size - 1).put('!');
  reopen();
  EXPECT_EQ(payloads(*spool_), numbers(0, 2));
}

TEST_F(SpoolTest, AnIndexThatNobodyCountsToIsNoSegment) {
  const auto made = Segment::create(folder_.path(), std::numeric_limits<std::uint64_t>::max());
  ASSERT_TRUE(made);
  const auto opened = Segment::open(folder_.path() / "ffffffffffffffff.seg");
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened->has_value());
}

TEST_F(SpoolTest, WhatCannotBeReadBackIsLostOnceHoweverOftenItIsOpened) {
  bytes_ = 64U << 10;
  for (const int damaged : {0, 1}) {
    std::filesystem::remove_all(folder_.path() / "spool");
    reopen();
    append(0, 500);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "spool")) {
      if (entry.path().extension() == ".seg") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    ASSERT_GT(files.size(), 2U);
    std::fstream(files[damaged], std::ios::in | std::ios::out | std::ios::binary).seekp(2000).put('!');
    const auto whole = payloads(*spool_);
    EXPECT_LT(whole.size(), 450U);
    EXPECT_EQ(payloads(*spool_), whole) << "a new stream gets what this one got";
    spool_->mark_sent(499);
    spool_->acknowledge(499);
    EXPECT_EQ(spool_->lost(), 500 - whole.size()) << damaged;
    for (int life = 0; life < 2; ++life) EXPECT_EQ(reopen().lost(), 500 - whole.size()) << damaged;
    EXPECT_EQ(spool_->read(spool_->first_unsent(), kAny, kAny).size(), 1U);
  }
}

TEST_F(SpoolTest, ADiskThatDoesNotReadIsToldAndNothingIsCut) {
  reopen();
  append(0, 3);
  // The kernel answers EIO for the page at 0, which no process has.
  const auto bad = folder_.path() / "spool" / "00000000000000ff.seg";
  std::filesystem::create_symlink("/proc/self/mem", bad);
  reopen();
  EXPECT_NE(spool_->problem().find("cannot read " + bad.string()), std::string::npos) << spool_->problem();
  EXPECT_TRUE(std::filesystem::is_symlink(bad));
  std::filesystem::remove(bad);
  spool_->retry();
  EXPECT_EQ(spool_->problem(), "");
  EXPECT_EQ(payloads(*spool_), numbers(0, 3));
}

TEST_F(SpoolTest, FullItDropsTheOldestAndCountsThem) {
  bytes_ = 64U << 10;
  reopen();
  append(0, 10'000);
  const auto left = payloads(*spool_);
  ASSERT_FALSE(left.empty());
  EXPECT_LE(spool_->bytes(), bytes_);
  EXPECT_GT(spool_->bytes(), bytes_ * 7 / 8);
  EXPECT_EQ(spool_->lost() + left.size(), 10'000U);
  EXPECT_EQ(left, numbers(10'000 - static_cast<int>(left.size()), 10'000));
  const auto lost = spool_->lost();
  reopen();
  EXPECT_EQ(spool_->lost(), lost);
  EXPECT_EQ(payloads(*spool_), left);
}

TEST_F(SpoolTest, EveryLossIsToldOnce) {
  bytes_ = 64U << 10;
  reopen();
  append(0, 10'000);
  const auto lost = spool_->lost();
  std::uint64_t told = 0;
  spool_->append_telling([&](std::uint64_t losses) {
    told = losses;
    return std::string("teller");
  });
  EXPECT_EQ(told, lost);
  reopen();
  spool_->append_telling([&](std::uint64_t losses) {
    EXPECT_EQ(losses, 0U);
    return std::string("teller");
  });
  EXPECT_EQ(spool_->read(0, kAny, kAny).rbegin()[1].losses, lost);
  append(0, 10'000);  // which drops both tellers
  EXPECT_EQ(spool_->lost(), 10'002U + 10'000U - spool_->records());
  spool_->append_telling([&](std::uint64_t losses) {
    told = losses;
    return std::string("teller");
  });
  EXPECT_EQ(told, spool_->lost());
}

TEST_F(SpoolTest, WhatIsOnItsWayIsLostOnlyWithoutAnAnswer) {
  bytes_ = 64U << 10;
  reopen();
  append(0, 100);
  spool_->mark_sent(100);
  append(100, 10'000);
  const auto lost = spool_->lost();
  EXPECT_EQ(lost + 100 + spool_->records(), 10'000U);
  spool_->acknowledge(40);
  spool_->give_up_sent();
  EXPECT_EQ(spool_->lost(), lost + 60);
  spool_->give_up_sent();
  reopen();
  EXPECT_EQ(spool_->lost(), lost + 60);
}

TEST_F(SpoolTest, OneAgentHasIt) {
  reopen();
  const Spool other({.folder = folder_.path() / "spool"});
  EXPECT_NE(other.problem().find("another agent has the spool in "), std::string::npos);
}

TEST_F(SpoolTest, OpensLaterWhatCannotBeOpenedNow) {
  std::ofstream(folder_.path() / "spool") << "in the way";
  reopen();
  EXPECT_NE(spool_->problem().find("cannot make the folder"), std::string::npos);
  append(0, 2);
  EXPECT_TRUE(spool_->read(0, kAny, kAny).empty()) << "it has no place in the order yet";
  std::filesystem::remove(folder_.path() / "spool");
  spool_->retry();
  EXPECT_EQ(spool_->problem(), "");
  append(2, 3);
  EXPECT_EQ(payloads(*spool_), numbers(0, 3));
}

TEST_F(SpoolTest, WhatWasLostInALifeBeforeIsToldApartHoweverLateItOpens) {
  bytes_ = 64U << 10;
  reopen();
  append(0, 10'000);
  const auto lost = spool_->lost();
  ASSERT_GT(lost, 0U);
  EXPECT_EQ(spool_->lost_before(), 0U);
  Spool other({.folder = folder_.path() / "spool", .bytes = bytes_});
  EXPECT_EQ(other.lost_before(), 0U);
  spool_.reset();
  other.retry();
  EXPECT_EQ(other.problem(), "");
  EXPECT_EQ(other.lost(), lost);
  EXPECT_EQ(other.lost_before(), lost);
}

/// No file may grow: what a full disk does to a write.
class FullDisk {
 public:
  FullDisk() {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit none{1100, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  sighandler_t before_ = nullptr;
};

TEST_F(SpoolTest, ADiskThatIsFullStopsNothingAndIsUsedAgain) {
  reopen();
  append(0, 50);
  {
    const FullDisk full;
    append(50, 200);
    EXPECT_NE(spool_->problem().find("cannot write"), std::string::npos) << spool_->problem();
    spool_->retry();
    EXPECT_NE(spool_->problem(), "");
    EXPECT_EQ(spool_->records() + spool_->lost(), 200U);
    EXPECT_GT(spool_->lost(), 0U) << "memory is bounded";
    EXPECT_GT(payloads(*spool_).size(), 50U) << "what waits in memory is sent";
  }
  const auto there = payloads(*spool_);
  spool_->retry();
  EXPECT_EQ(spool_->problem(), "");
  append(200, 210);
  const auto lost = spool_->lost();
  reopen();
  EXPECT_EQ(spool_->lost(), lost);
  auto expected = there;
  for (const std::string& payload : numbers(200, 210)) expected.push_back(payload);
  EXPECT_EQ(payloads(*spool_), expected);
}

TEST_F(SpoolTest, WhatStillWaitsAtItsEndIsLostAndCounted) {
  reopen();
  append(0, 50);
  {
    const FullDisk full;
    append(50, 200);
    spool_->close();
  }
  EXPECT_EQ(spool_->records(), 50U);
  EXPECT_EQ(spool_->lost(), 150U);
  reopen();
  EXPECT_EQ(payloads(*spool_), numbers(0, 50));
  EXPECT_EQ(spool_->lost(), 150U);
  std::uint64_t told = 0;
  spool_->append_telling([&](std::uint64_t losses) {
    told = losses;
    return std::string("teller");
  });
  EXPECT_EQ(told, 150U);
}

}  // namespace
}  // namespace faastax::spool
