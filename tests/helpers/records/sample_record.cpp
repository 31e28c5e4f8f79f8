// SPDX-License-Identifier: Apache-2.0
#include "tests/helpers/records/sample_record.hpp"

#include <fmt/format.h>

#include <chrono>

#include "proto/collector.pb.h"

namespace faastax::test {
namespace {

constexpr auto kDigits = "0123456789abcdef";
constexpr auto kMark = "~~~~~~~~~~~~~~~~";  // 126 is no length of a field here
constexpr std::size_t kMarkSize = 16;

/// Every activity and evidence that an instance and those who serve it can have.
void add_usages(v1::InstanceRecord& record) {
  for (const auto activity : {v1::ACTIVITY_CREATE, v1::ACTIVITY_INIT, v1::ACTIVITY_HANDLE, v1::ACTIVITY_IDLE,
                              v1::ACTIVITY_TEARDOWN, v1::ACTIVITY_MANAGE, v1::ACTIVITY_ROUTE}) {
    for (auto* usages : {record.mutable_own(), record.mutable_served()}) {
      for (const bool inferred : {false, true}) {
        auto& usage = *usages->Add();
        usage.set_activity(activity);
        usage.set_inferred(inferred);
        usage.set_nanoseconds(1'234'567 * static_cast<std::uint64_t>(activity));
        usage.set_cycles(3'456'789 * static_cast<std::uint64_t>(activity));
        usage.set_instructions(2'345'678 * static_cast<std::uint64_t>(activity));
      }
    }
  }
}

void add_times(v1::InstanceRecord& record) {
  const auto now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  record.set_created(now - 9'000'000'000);
  record.set_executed(now - 8'900'000'000);
  record.set_ready(now - 8'800'000'000);
  record.set_first_request(now - 8'700'000'000);
  record.set_last_request(now - 2'000'000'000);
  record.set_stopped(now - 1'000'000'000);
  record.set_gone(now - 900'000'000);
  record.set_observed(now);
}

v1::Record sample(const std::string& node, const std::string& boot) {
  v1::Record wrapped;
  auto& record = *wrapped.mutable_instance();
  record.set_uid(boot + "-" + kMark);
  record.set_sequence(3);
  record.set_node(node);
  record.set_sandbox(std::string(kMark) + std::string(48, 'a'));
  record.add_containers(std::string(kMark) + std::string(48, 'b'));
  record.set_pod_uid("5f0e2e9c-5d1b-4b0e-8a52-0d7c9a6f1e11");
  record.set_namespace_("production");
  record.set_function("image-thumbnails");
  record.set_revision("image-thumbnails-00042");
  record.set_runtime("containerd");
  record.set_track(v1::TRACK_REGULAR);
  record.set_kind(v1::KIND_SERVER);
  add_times(record);
  add_usages(record);
  record.set_requests_completed(120);
  record.set_requests_aborted(1);
  record.set_probes(30);
  record.set_in_flight_peak(4);
  for (std::uint32_t i = 0; i < 20; ++i) {
    auto& bucket = *record.mutable_request_seconds()->add_buckets();
    bucket.set_index(2900 + 7 * i);
    bucket.set_count(6);
  }
  record.mutable_request_seconds()->set_sum_seconds(4.2);
  auto& memory = *record.mutable_memory_byte_seconds();
  memory.set_starting(1e7);
  memory.set_idle(2e8);
  memory.set_busy(3e8);
  memory.set_stopping(1e6);
  record.set_memory_peak_bytes(87'654'321);
  record.set_ended("exit:0");
  return wrapped;
}

}  // namespace

SampleRecord::SampleRecord(const std::string& node, const std::string& boot) : boot_(boot) {
  v1::RecordBatch batch;
  *batch.add_records() = sample(node, boot);
  wire_ = batch.SerializeAsString();
  for (auto at = wire_.find(kMark); at != std::string::npos; at = wire_.find(kMark, at + kMarkSize)) {
    places_.push_back(at);
  }
}

void SampleRecord::append_to(std::string& batch, std::uint64_t number) {
  for (const std::size_t place : places_) {
    for (std::size_t i = 0; i < kMarkSize; ++i) {
      wire_[place + i] = kDigits[(number >> (4 * (kMarkSize - 1 - i))) & 15];
    }
  }
  batch += wire_;
}

std::string SampleRecord::uid(std::uint64_t number) const { return fmt::format("{}-{:016x}", boot_, number); }

std::string batch_head(std::uint64_t number) {
  v1::RecordBatch batch;
  batch.set_number(number);
  batch.set_agent_version("0.1.0");
  return batch.SerializeAsString();
}

}  // namespace faastax::test
