// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/wire_parts.hpp"

#include <gtest/gtest.h>

#include <string>

#include "proto/collector.pb.h"

namespace faastax::collector {
namespace {

v1::RecordBatch batch_of_both() {
  v1::RecordBatch batch;
  batch.set_number(1);
  batch.set_agent_version("0.1.0");
  batch.add_records()->mutable_instance()->set_uid("a-1");
  batch.add_records()->mutable_node_ledger()->set_agent(std::string(300, 'a'));
  return batch;
}

TEST(WireParts, AreWhatTheRecordsHold) {
  const v1::RecordBatch batch = batch_of_both();
  const std::string wire = batch.SerializeAsString();
  const auto parts = wire_parts(wire);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0], batch.records(0).instance().SerializeAsString());
  EXPECT_EQ(parts[1], batch.records(1).node_ledger().SerializeAsString());
}

TEST(WireParts, ARecordOfMoreThanOneFieldHasNone) {
  v1::Record one;
  one.mutable_instance()->set_uid("a-1");
  v1::Record other;
  other.mutable_instance()->set_node("n");
  v1::RecordBatch batch;
  // Both together are one record to protobuf: fields of the same number are merged.
  const std::string both = one.SerializeAsString() + other.SerializeAsString();
  const std::string wire = std::string("\x1a") + static_cast<char>(both.size()) + both;
  ASSERT_TRUE(batch.ParseFromString(wire));
  ASSERT_EQ(batch.records_size(), 1);
  EXPECT_EQ(wire_parts(wire), std::vector<std::string_view>{{}});
}

TEST(WireParts, AnEmptyRecordHasNone) {
  v1::RecordBatch batch = batch_of_both();
  batch.add_records();
  const std::string wire = batch.SerializeAsString();
  ASSERT_EQ(wire_parts(wire).size(), 3U);
  EXPECT_TRUE(wire_parts(wire)[2].empty());
}

TEST(WireParts, FieldsOfNewerAgentsArePassedOver) {
  const std::string wire = std::string("\xa0\x06\x07", 3) + batch_of_both().SerializeAsString();
  EXPECT_EQ(wire_parts(wire).size(), 2U);
}

TEST(WireParts, BytesThatEndEarlyAreNotReadBeyond) {
  const std::string wire = batch_of_both().SerializeAsString();
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const std::string cut = wire.substr(0, size);
    for (const std::string_view part : wire_parts(cut)) {
      EXPECT_TRUE(part.empty() || part.data() + part.size() <= cut.data() + cut.size());
    }
  }
}

}  // namespace
}  // namespace faastax::collector
