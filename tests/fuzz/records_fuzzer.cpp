// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "collector/ingest/node_watch.hpp"
#include "collector/ingest/record_batch.hpp"
#include "collector/ingest/record_check.hpp"
#include "proto/records.pb.h"
#include "tests/fuzz/now.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/scratch_store.hpp"

/// A batch of records as gRPC brings it. An input is the bytes of one RecordBatch.
namespace faastax::fuzz {
namespace {

/// What is stored as it came is the record that was checked.
void require_wire(const v1::Record& record, std::string_view wire) {
  if (wire.empty()) return;
  v1::Record again;
  const auto size = static_cast<int>(wire.size());
  require(record.has_instance() ? again.mutable_instance()->ParseFromArray(wire.data(), size)
                                : again.mutable_node_ledger()->ParseFromArray(wire.data(), size),
          "a record's bytes are one");
  require(again.SerializeAsString().size() == record.SerializeAsString().size(),
          "a record's bytes are its own");
}

void require_names(const v1::Record& record) {
  if (record.has_instance()) {
    const v1::InstanceRecord& one = record.instance();
    require_name(one.uid() + one.node() + one.namespace_() + one.function() + one.policy() + one.sandbox() +
                 one.ended() + one.runtime() + one.revision());
    require(one.observed() <= kNow + 300'000'000'000, "no record is of the future");
  } else {
    const v1::NodeLedger& one = record.node_ledger();
    require_name(one.node() + one.agent() + one.kernel() + one.cgroup() + one.cycle_source());
    require(one.start() <= one.end(), "a period ends after it starts");
  }
}

void require_answer(const v1::BatchAcknowledged& answer, const collector::RecordBatch& batch) {
  require(answer.number() == batch.number(), "the answer names the batch");
  for (const auto& refused : answer.refused()) {
    require(std::cmp_less(refused.index(), batch.size()), "the answer names a record");
    require_line(refused.reason());
  }
}

void fuzz(const std::uint8_t* data, std::size_t size) {
  static ScratchStore store;
  static const auto pool =
      std::make_shared<collector::BatchPool>();  // parses into what others were parsed into
  bool answered = false;
  collector::RecordBatch* taken = nullptr;
  collector::RecordBatch batch(size, pool->take(), [&](const v1::BatchAcknowledged* answer) {
    answered = true;
    require_answer(*answer, *taken);
  });
  taken = &batch;
  google::protobuf::io::ArrayInputStream in(data, static_cast<int>(size));
  if (!batch.parse(in)) return;
  if (const auto checked = batch.check(kNow); !checked) return require_line(checked.error());
  for (const v1::Record* record : batch.records) require_names(*record);
  static_cast<void>(collector::is_newer(batch.agent_version(), "0.1.0"));
  for (std::size_t i = 0; i < batch.records.size(); ++i) require_wire(*batch.records[i], batch.wires[i]);
  const store::PutResult result = store.put(batch.records, {}, batch.wires);
  require(result.records.size() == batch.records.size(), "each record has a verdict");
  batch.stored(result.records, result.events);
  require(answered, "a batch is answered");
}

/// What protobuf logs of bytes that are no message.
const bool kQuiet = [] {
  google::protobuf::SetLogHandler(nullptr);
  return true;
}();

}  // namespace
}  // namespace faastax::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  faastax::fuzz::fuzz(data, size);
  return 0;
}
