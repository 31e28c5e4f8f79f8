// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/record_batch.hpp"

#include <fmt/format.h>

#include <utility>

namespace faastax::collector {

RecordBatch::RecordBatch(std::size_t wire_bytes, BatchPool::Space space, Acknowledge acknowledge)
    : space_(std::move(space)), acknowledge_(std::move(acknowledge)) {
  bytes = wire_bytes;
}

base::Result<void> RecordBatch::check(std::int64_t now_ns) {
  if (size() > kMaxRecords)
    return base::failure(fmt::format("a batch of {} records: at most {} are taken", size(), kMaxRecords));
  if (!is_text(agent_version())) {  // it goes into the log
    return base::failure("agent_version is too long or has control characters");
  }
  answer_.set_number(number());
  records.reserve(size());
  wires.reserve(size());
  places_.reserve(size());
  for (std::uint32_t place = 0; place < size(); ++place) {
    const v1::Record& record = *space_->records()[place];
    if (auto wrong = check_record(record, now_ns)) {
      ++refusals_[static_cast<std::size_t>(wrong->refusal)];
      refuse(place, std::move(wrong->reason));
    } else {
      records.push_back(&record);
      wires.push_back(space_->wires()[place]);
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
