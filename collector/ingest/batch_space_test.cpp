// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/batch_space.hpp"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <string>

#include "proto/collector.pb.h"

namespace faastax::collector {
namespace {

bool parse_into(BatchSpace& space, const std::string& wire) {
  google::protobuf::io::ArrayInputStream in(wire.data(), static_cast<int>(wire.size()));
  return space.parse(in);
}

/// A batch of one instance, one of all fields that outlive a message that is cleared.
v1::RecordBatch full_batch() {
  v1::RecordBatch batch;
  batch.set_number(7);
  batch.set_agent_version("0.1.0");
  auto& instance = *batch.add_records()->mutable_instance();
  instance.set_uid("a-1");
  instance.add_containers("c");
  instance.set_gone(5);
  instance.add_own()->set_nanoseconds(3);
  instance.mutable_request_seconds()->add_buckets()->set_count(1);
  instance.mutable_memory_byte_seconds()->set_busy(1);
  return batch;
}

TEST(BatchSpace, HoldsWhatCame) {
  BatchSpace space;
  v1::RecordBatch batch = full_batch();
  batch.add_records()->mutable_node_ledger()->set_agent("a");
  batch.add_records();
  ASSERT_TRUE(parse_into(space, batch.SerializeAsString()));
  EXPECT_EQ(space.raw().number(), 7U);
  EXPECT_EQ(space.raw().agent_version(), "0.1.0");
  ASSERT_EQ(space.records().size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(space.records()[static_cast<std::size_t>(i)]->SerializeAsString(),
              batch.records(i).SerializeAsString());
  }
  ASSERT_EQ(space.wires().size(), 3U);
  EXPECT_EQ(space.wires()[0], batch.records(0).instance().SerializeAsString());
  EXPECT_EQ(space.wires()[1], batch.records(1).node_ledger().SerializeAsString());
  EXPECT_TRUE(space.wires()[2].empty());
}

TEST(BatchSpace, NothingOfOneBatchIsInTheNext) {
  BatchSpace space;
  ASSERT_TRUE(parse_into(space, full_batch().SerializeAsString()));
  v1::RecordBatch next;
  next.add_records()->mutable_instance()->set_uid("b-1");
  ASSERT_TRUE(parse_into(space, next.SerializeAsString()));
  EXPECT_EQ(space.raw().number(), 0U);
  EXPECT_TRUE(space.raw().agent_version().empty());
  ASSERT_EQ(space.records().size(), 1U);
  EXPECT_EQ(space.records()[0]->SerializeAsString(), next.records(0).SerializeAsString());
  EXPECT_FALSE(space.records()[0]->instance().has_memory_byte_seconds());
}

TEST(BatchSpace, TheSameBatchAgainTakesNoMoreMemory) {
  BatchSpace space;
  ASSERT_TRUE(parse_into(space, full_batch().SerializeAsString()));
  const std::size_t bytes = space.bytes();
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(parse_into(space, full_batch().SerializeAsString()));
  EXPECT_EQ(space.bytes(), bytes);
}

TEST(BatchSpace, OneRecordThatIsNoneRefusesTheBatch) {
  BatchSpace space;
  v1::RawBatch raw;
  raw.add_records("\x0a\x02\x0a\x05");  // an instance whose uid ends too late
  EXPECT_FALSE(parse_into(space, raw.SerializeAsString()));
  raw.set_records(0, "\x0a");
  EXPECT_FALSE(parse_into(space, raw.SerializeAsString()));
  EXPECT_FALSE(parse_into(space, full_batch().SerializeAsString() + "\x1a"));
  v1::RawBatch text;
  text.add_records("\x0a\x03\x0a\x01\xff");  // a uid that is no UTF-8
  EXPECT_FALSE(parse_into(space, text.SerializeAsString()));
}

TEST(BatchPool, GivesTheSpaceUsedLastAgain) {
  const auto pool = std::make_shared<BatchPool>();
  const BatchSpace* first = pool->take().get();
  EXPECT_EQ(pool->idle(), 1U);
  const auto again = pool->take();
  EXPECT_EQ(again.get(), first);
  EXPECT_EQ(pool->idle(), 0U);
}

TEST(BatchPool, KeepsNoUnusualOne) {
  const auto pool = std::make_shared<BatchPool>();
  v1::RawBatch batch;
  batch.add_records(v1::Record().SerializeAsString());
  v1::Record large;
  for (int i = 0; i < 100'000; ++i) large.mutable_instance()->add_own();
  batch.add_records(large.SerializeAsString());
  {
    const auto space = pool->take();
    ASSERT_TRUE(parse_into(*space, batch.SerializeAsString()));
  }
  EXPECT_EQ(pool->idle(), 0U);
}

}  // namespace
}  // namespace faastax::collector
