// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/wire_parts.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

#include "proto/records.pb.h"

namespace faastax::collector {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::uint32_t tag_of(int field) {
  return static_cast<std::uint32_t>(field) << 3 | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
}

int field_of(std::uint32_t tag) {
  for (const int field : {v1::Record::kInstanceFieldNumber, v1::Record::kNodeLedgerFieldNumber}) {
    if (tag == tag_of(field)) return field;
  }
  return 0;
}

}  // namespace

WirePart wire_part(std::string_view record) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(record.data()), static_cast<int>(record.size()));
  const int field = field_of(in.ReadTag());
  std::uint32_t size = 0;
  if (field == 0 || !in.ReadVarint32(&size)) return {};
  const auto at = static_cast<std::size_t>(in.CurrentPosition());
  if (size != record.size() - at) return {};
  return {field, record.substr(at)};
}

}  // namespace faastax::collector
