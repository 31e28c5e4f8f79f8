// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/wire_parts.hpp"

#include <gtest/gtest.h>

#include <string>

#include "proto/records.pb.h"

namespace faastax::collector {
namespace {

v1::Record one_instance() {
  v1::Record record;
  record.mutable_instance()->set_uid("a-1");
  return record;
}

v1::Record one_ledger() {
  v1::Record record;
  record.mutable_node_ledger()->set_agent(std::string(300, 'a'));
  return record;
}

TEST(WirePart, IsWhatTheRecordHolds) {
  const std::string one = one_instance().SerializeAsString();
  EXPECT_EQ(wire_part(one).field, v1::Record::kInstanceFieldNumber);
  EXPECT_EQ(wire_part(one).bytes, one_instance().instance().SerializeAsString());
  const std::string other = one_ledger().SerializeAsString();
  EXPECT_EQ(wire_part(other).field, v1::Record::kNodeLedgerFieldNumber);
  EXPECT_EQ(wire_part(other).bytes, one_ledger().node_ledger().SerializeAsString());
}

TEST(WirePart, ARecordOfMoreThanOneFieldHasNone) {
  v1::Record rest;
  rest.mutable_instance()->set_node("n");
  // Both together are one record to protobuf: fields of the same number are merged.
  const std::string both = one_instance().SerializeAsString() + rest.SerializeAsString();
  EXPECT_EQ(wire_part(both).field, 0);
  EXPECT_TRUE(wire_part(both).bytes.empty());
  EXPECT_EQ(wire_part(one_instance().SerializeAsString() + one_ledger().SerializeAsString()).field, 0);
}

TEST(WirePart, AnEmptyRecordAndOneOfAnUnknownKindHaveNone) {
  EXPECT_EQ(wire_part("").field, 0);
  EXPECT_EQ(wire_part(std::string("\x1a\x01x", 3)).field, 0);
}

TEST(WirePart, BytesThatEndEarlyHaveNone) {
  const std::string wire = one_ledger().SerializeAsString();
  for (std::size_t size = 0; size < wire.size(); ++size) EXPECT_EQ(wire_part(wire.substr(0, size)).field, 0);
}

}  // namespace
}  // namespace faastax::collector
