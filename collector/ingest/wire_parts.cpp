// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/wire_parts.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <optional>

#include "proto/collector.pb.h"

namespace faastax::collector {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::uint32_t tag_of(int field) {
  return static_cast<std::uint32_t>(field) << 3 | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
}

CodedInputStream stream_of(std::string_view bytes) {
  return CodedInputStream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                          static_cast<int>(bytes.size()));
}

/// The length-delimited field that comes next in `bytes`.
std::optional<std::string_view> next_field(CodedInputStream& in, std::string_view bytes) {
  std::uint32_t size = 0;
  if (!in.ReadVarint32(&size)) return std::nullopt;
  const auto at = static_cast<std::size_t>(in.CurrentPosition());
  if (size > bytes.size() - at || !in.Skip(static_cast<int>(size))) return std::nullopt;
  return bytes.substr(at, size);
}

/// The only field of a record.
std::string_view part_of(std::string_view record) {
  CodedInputStream in = stream_of(record);
  const std::uint32_t tag = in.ReadTag();
  if (tag != tag_of(v1::Record::kInstanceFieldNumber) && tag != tag_of(v1::Record::kNodeLedgerFieldNumber))
    return {};
  const auto field = next_field(in, record);
  return field && static_cast<std::size_t>(in.CurrentPosition()) == record.size() ? *field
                                                                                  : std::string_view();
}

}  // namespace

std::vector<std::string_view> wire_parts(std::string_view batch) {
  std::vector<std::string_view> parts;
  CodedInputStream in = stream_of(batch);
  while (const std::uint32_t tag = in.ReadTag()) {
    if (tag != tag_of(v1::RecordBatch::kRecordsFieldNumber)) {
      if (!WireFormatLite::SkipField(&in, tag)) break;
      continue;
    }
    const auto record = next_field(in, batch);
    if (!record) break;
    parts.push_back(part_of(*record));
  }
  return parts;
}

}  // namespace faastax::collector
