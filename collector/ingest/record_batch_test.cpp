// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/record_batch.hpp"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

namespace faastax::collector {
namespace {

using store::Outcome;
using store::Verdict;

class RecordBatchTest : public ::testing::Test {
 protected:
  void add(const char* uid) {
    auto& instance = *message_.add_records()->mutable_instance();
    instance.set_uid(uid);
    instance.set_node("n");
  }

  base::Result<void> check() {
    const std::string wire = message_.SerializeAsString();
    google::protobuf::io::ArrayInputStream in(wire.data(), static_cast<int>(wire.size()));
    EXPECT_TRUE(batch_.parse(in));
    return batch_.check(1);
  }

  v1::RecordBatch message_;
  bool ended_ = false;
  v1::BatchAcknowledged answer_;
  RecordBatch batch_{100, std::make_shared<BatchPool>()->take(), [this](const v1::BatchAcknowledged* answer) {
                       ended_ = answer == nullptr;
                       if (answer != nullptr) answer_ = *answer;
                     }};
};

TEST_F(RecordBatchTest, AnswersByTheAgentsPlaces) {
  add("a-1");
  add("");
  add("a-2");
  add("a-3");
  message_.set_number(7);
  ASSERT_TRUE(check());
  EXPECT_EQ(batch_.records.size(), 3U);
  EXPECT_EQ(batch_.refusals().at(static_cast<std::size_t>(Refusal::kText)), 1U);
  const std::vector<Verdict> verdicts = {
      {Outcome::kNew, ""}, {Outcome::kRefused, "no"}, {Outcome::kRepeated, ""}};
  batch_.stored(verdicts, {});
  EXPECT_EQ(answer_.number(), 7U);
  ASSERT_EQ(answer_.refused_size(), 2);
  EXPECT_EQ(answer_.refused(0).index(), 1U);
  EXPECT_EQ(answer_.refused(0).reason(), "uid is missing");
  EXPECT_EQ(answer_.refused(1).index(), 2U);
  EXPECT_EQ(answer_.refused(1).reason(), "no");
}

TEST_F(RecordBatchTest, OneOfTooManyIsNotTaken) {
  for (int i = 0; i <= kMaxRecords; ++i) add("a-1");
  const auto checked = check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error(), "a batch of 101 records: at most 100 are taken");
}

TEST_F(RecordBatchTest, WaitsWhileTheStoreDoesNotTakeIt) {
  EXPECT_TRUE(batch_.failed("disk full"));
  EXPECT_FALSE(ended_);
  batch_.given_up("the end");
  EXPECT_TRUE(ended_);
}

}  // namespace
}  // namespace faastax::collector
