// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "agent/base/testing_folder.hpp"
#include "agent/spool/spool.hpp"

/// Whatever happens to a spool, every record is with the collector, waits, or is lost; and losses are told.
namespace faastax::spool {
namespace {

class Model {
 public:
  explicit Model(std::uint32_t seed) : random_(seed) { start(); }

  void step() {
    switch (pick(12)) {
      case 0:
        return start();
      case 1:
        return tell();
      case 2:
      case 3:
      case 4:
        return send();
      case 5:
        return answer();
      case 6:
        return break_stream();
      default:
        return append();
    }
  }

  void check() {
    ASSERT_EQ(spool_->records(), read(spool_->first_unsent()).size());
    ASSERT_LE(spool_->bytes(), kBytes);
    if (!unanswered_) {
      // With no stream, nothing is on its way.
      ASSERT_EQ(collected_.size() + spool_->records() + spool_->lost(), appended_)
          << "each is somewhere, once";
    }
  }

  std::uint64_t lost() const { return spool_->lost(); }

  /// In the end everything is sent and every loss is told.
  void finish() {
    break_stream();
    for (int round = 0; round < 3; ++round) {
      while (spool_->records() != 0) {
        send();
        answer();
      }
      tell();
    }
    send();
    answer();
    ASSERT_EQ(collected_.size() + spool_->lost(), appended_);
    ASSERT_EQ(told_, spool_->lost());
  }

 private:
  static constexpr std::uint64_t kBytes = 8U << 10;

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  static std::uint64_t id_of(const Frame& frame) { return std::stoull(frame.payload); }
  std::vector<Frame> read(std::uint64_t from) {
    return spool_->read(from, std::numeric_limits<std::size_t>::max(),
                        std::numeric_limits<std::size_t>::max());
  }

  void start() {
    spool_.reset();
    spool_.emplace(SpoolOptions{.folder = folder_.path(), .bytes = kBytes});
    unanswered_ = false;
    position_ = spool_->first_unsent();
    on_way_.clear();
  }
  std::string payload() {
    std::string text = std::to_string(appended_++);
    return text + std::string(1 + pick(100), ' ');
  }
  void append() {
    for (unsigned i = 1 + pick(30); i > 0; --i) spool_->append(payload());
  }
  void tell() {
    spool_->append_telling([this](std::uint64_t) { return payload(); });
  }
  void send() {
    for (const Frame& frame : spool_->read(position_, 1 + pick(20), 100'000)) {
      on_way_.push_back(frame);
      position_ = frame.index + 1;
    }
    spool_->mark_sent(position_);
    unanswered_ = !on_way_.empty();
  }
  void answer() {
    const std::size_t some =
        on_way_.size() <= 1 ? on_way_.size() : 1 + pick(static_cast<unsigned>(on_way_.size()));
    for (std::size_t i = 0; i < some; ++i) {
      collected_.insert(id_of(on_way_[i]));
      told_ += on_way_[i].losses;
    }
    if (some != 0) spool_->acknowledge(on_way_[some - 1].index + 1);
    on_way_.erase(on_way_.begin(), on_way_.begin() + static_cast<std::ptrdiff_t>(some));
    unanswered_ = !on_way_.empty();
  }
  void break_stream() {
    spool_->give_up_sent();
    on_way_.clear();
    unanswered_ = false;
    position_ = spool_->first_unsent();
  }

  base::TemporaryFolder folder_;
  std::mt19937 random_;
  std::optional<Spool> spool_;
  std::uint64_t appended_ = 0;
  std::uint64_t position_ = 0;
  std::vector<Frame> on_way_;
  bool unanswered_ = false;
  std::set<std::uint64_t> collected_;
  std::uint64_t told_ = 0;
};

TEST(SpoolModel, EveryRecordIsSomewhereOnceAndEveryLossIsTold) {
  std::uint64_t lost = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    for (int i = 0; i < 120; ++i) {
      model.step();
      model.check();
      if (::testing::Test::HasFatalFailure()) return;
    }
    model.finish();
    lost += model.lost();
    if (::testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(lost, 1'000U) << "or losing was not tried";
}

}  // namespace
}  // namespace faastax::spool
