// SPDX-License-Identifier: Apache-2.0
#include "agent/records/instance_record.hpp"

#include "agent/export/label_text.hpp"
#include "agent/records/usage.hpp"

namespace faastax::records {
namespace {

v1::Kind kind_of(ledger::Settlement settlement) {
  switch (settlement) {
    case ledger::Settlement::kServer:
      return v1::KIND_SERVER;
    case ledger::Settlement::kJob:
      return v1::KIND_JOB;
    case ledger::Settlement::kOpen:
      break;
  }
  return v1::KIND_UNKNOWN;
}

void set_times(const ledger::Instance& instance, const ledger::ClocksRead& clocks, v1::InstanceRecord& to) {
  const auto real = [&clocks](ledger::Nanoseconds mono) {
    return static_cast<std::int64_t>(clocks.real - clocks.mono + mono);
  };
  to.set_live_at_start(instance.live_at_attach);
  // Of what was there before the agent nobody knows when it began.
  if (!instance.live_at_attach) {
    to.set_created(real(instance.named));
    if (instance.execed != 0) to.set_executed(real(instance.execed));
  }
  if (instance.ready != 0) to.set_ready(real(instance.ready));
  if (instance.first_request != 0) to.set_first_request(real(instance.first_request));
  if (instance.last_request != 0) to.set_last_request(real(instance.last_request));
  if (instance.stopped != 0) to.set_stopped(real(instance.stopped));
  if (instance.gone != 0) to.set_gone(real(instance.gone));
  to.set_observed(static_cast<std::int64_t>(clocks.real));
}

/// As the metrics have them: a program in a sandbox chooses its name, protobuf takes UTF-8 alone, and a
/// collector refuses control characters.
void set_names(const ledger::Instance& instance, v1::InstanceRecord& to) {
  using exporting::label_text;
  to.set_sandbox(label_text(instance.sandbox));
  for (const std::string& container : instance.containers) to.add_containers(label_text(container));
  to.set_runtime(label_text(instance.runtime));
  if (instance.is_pod) to.set_pod_uid(to.sandbox());
  to.set_namespace_(label_text(instance.name.space));
  to.set_function(label_text(instance.name.function));
}

void set_requests(const ledger::Instance& instance, v1::InstanceRecord& to) {
  if (!instance.requests_hidden) to.set_requests_completed(instance.requests);
  to.set_requests_inferred(instance.inferred_requests);
  to.set_requests_aborted(instance.aborted);
  to.set_probes(instance.probes);
  to.set_in_flight_peak(instance.in_flight_peak);
  *to.mutable_request_seconds() = histogram_of(instance.request_seconds);
}

}  // namespace

v1::InstanceRecord describe(const ledger::Instance& instance, const Snapshot& snapshot) {
  v1::InstanceRecord record;
  record.set_uid(snapshot.identity.uid(instance.number));
  record.set_sequence(snapshot.sequence);
  record.set_node(snapshot.identity.node);
  set_names(instance, record);
  record.set_track(track_of(instance.name.track));
  record.set_kind(kind_of(instance.settlement));
  set_times(instance, snapshot.clocks, record);
  const auto own = [&record](v1::Usage usage) { *record.add_own() = std::move(usage); };
  each_usage(instance.cpu.since(instance.served), snapshot.counting, own);
  const auto served = [&record](v1::Usage usage) { *record.add_served() = std::move(usage); };
  each_usage(instance.served, snapshot.counting, served);
  set_requests(instance, record);
  *record.mutable_memory_byte_seconds() = memory_of(instance.memory_byte_seconds);
  record.set_memory_peak_bytes(instance.memory_peak_bytes);
  record.set_ended(ledger::describe_end(instance));
  return record;
}

}  // namespace faastax::records
