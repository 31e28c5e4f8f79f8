// SPDX-License-Identifier: Apache-2.0
#include "collector/join/observed.hpp"
#include "proto/records.pb.h"

namespace faastax::join {
namespace {

ledger::Track track_of(v1::Track track) {
  switch (track) {
    case v1::TRACK_REGULAR:
      return ledger::Track::kRegular;
    case v1::TRACK_EMERGENCY:
      return ledger::Track::kEmergency;
    default:
      return ledger::Track::kUnknown;
  }
}

// Of the proto's activities 0 is none; the others are in the ledger's order. A newer agent may know more.
void add(const v1::Usage& usage, std::array<double, ledger::kActivities>& seconds) {
  const int activity = static_cast<int>(usage.activity()) - v1::ACTIVITY_CREATE;
  if (activity < 0 || static_cast<std::size_t>(activity) >= seconds.size()) return;
  seconds[static_cast<std::size_t>(activity)] += static_cast<double>(usage.nanoseconds()) / 1e9;
}

}  // namespace

Observed observed_of(const v1::InstanceRecord& record) {
  Observed result{.uid = record.uid(),
                  .sandbox = record.sandbox(),
                  .node = record.node(),
                  .space = record.namespace_(),
                  .function = record.function(),
                  .track = track_of(record.track()),
                  .created = std::nullopt,
                  .live_at_start = record.live_at_start(),
                  .requests = std::nullopt,
                  .counts_requests = record.kind() == v1::KIND_SERVER && record.ended() != "create_failed"};
  if (record.has_created()) result.created = scaling::UnixTime(std::chrono::nanoseconds(record.created()));
  for (const v1::Usage& usage : record.own()) add(usage, result.cpu_seconds);
  for (const v1::Usage& usage : record.served()) add(usage, result.cpu_seconds);
  const v1::MemoryByState& memory = record.memory_byte_seconds();
  result.memory_byte_seconds = {memory.starting(), memory.idle(), memory.busy(), memory.stopping()};
  if (record.has_requests_completed()) result.requests = record.requests_completed();
  return result;
}

}  // namespace faastax::join
