// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/record_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "collector/ingest/wire_parts.hpp"

namespace faastax::collector {

namespace {

/// Parsed, a batch takes about three times its bytes. The arena counts its clean-ups from a block's end on,
/// so that the end has to be aligned as they are.
google::protobuf::ArenaOptions arena_for(std::size_t wire_bytes) {
  constexpr std::size_t kAligned = ~(alignof(std::max_align_t) - 1);
  google::protobuf::ArenaOptions options;
  options.start_block_size = std::clamp<std::size_t>(2 * wire_bytes, 1024, 256 << 10) & kAligned;
  options.max_block_size = 64 << 10;
  return options;
}

}  // namespace

RecordBatch::RecordBatch(std::size_t wire_bytes, Acknowledge acknowledge)
    : arena_(arena_for(wire_bytes)),
      message_(google::protobuf::Arena::CreateMessage<v1::RecordBatch>(&arena_)),
      acknowledge_(std::move(acknowledge)) {
  bytes = wire_bytes;
}

bool RecordBatch::parse(std::string wire) {
  wire_ = std::move(wire);
  return message_->ParseFromString(wire_);
}

base::Result<void> RecordBatch::check(std::int64_t now_ns) {
  if (message_->records_size() > kMaxRecords) {
    return base::failure(
        fmt::format("a batch of {} records: at most {} are taken", message_->records_size(), kMaxRecords));
  }
  if (!is_text(message_->agent_version())) {  // it goes into the log
    return base::failure("agent_version is too long or has control characters");
  }
  answer_.set_number(message_->number());
  std::vector<std::string_view> parts = wire_parts(wire_);
  parts.resize(static_cast<std::size_t>(message_->records_size()));  // filled by hand, it has no bytes
  for (int i = 0; i < message_->records_size(); ++i) {
    const auto place = static_cast<std::uint32_t>(i);
    const v1::Record& record = message_->records(i);
    if (auto wrong = check_record(record, now_ns)) {
      ++refusals_[static_cast<std::size_t>(wrong->refusal)];
      refuse(place, std::move(wrong->reason));
    } else {
      records.push_back(&record);
      wires.push_back(parts[place]);
      places_.push_back(place);
    }
  }
  return {};
}

void RecordBatch::refuse(std::size_t index, std::string reason) {
  auto& refused = *answer_.add_refused();
  refused.set_index(static_cast<std::uint32_t>(index));
  refused.set_reason(std::move(reason));
}

std::string_view RecordBatch::first_refusal() const {
  return answer_.refused_size() == 0 ? std::string_view() : std::string_view(answer_.refused(0).reason());
}

void RecordBatch::stored(std::span<const store::Verdict> verdicts, std::span<const store::Verdict>) {
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i].outcome == store::Outcome::kRefused) refuse(places_[i], verdicts[i].reason);
  }
  acknowledge_(&answer_);
}

}  // namespace faastax::collector
