// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "proto/records.pb.h"

/// Records for tests.
namespace faastax::store::testing {

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;
inline constexpr std::int64_t kNow = 1'800'000'000 * kSecond;  ///< a quarter past a full hour

inline std::string uid_of(std::uint64_t serial, unsigned boot = 0) {
  return fmt::format("{:08x}-1111-2222-3333-444444444444-{:016x}", boot, serial);
}

inline void use(google::protobuf::RepeatedPtrField<v1::Usage>& usages, v1::Activity activity,
                std::uint64_t ns) {
  v1::Usage& usage = *usages.Add();
  usage.set_activity(activity);
  usage.set_nanoseconds(ns);
}

/// A server of function f1 that was made at `created`, ready after 250 ms, and handled `requests` of 10 ms
/// each.
inline v1::Record instance(std::uint64_t serial, std::int64_t created, std::uint64_t requests = 1) {
  v1::Record record;
  v1::InstanceRecord& one = *record.mutable_instance();
  one.set_uid(uid_of(serial));
  one.set_sequence(1);
  one.set_node("n1");
  one.set_sandbox(fmt::format("sandbox-{}", serial));
  one.set_namespace_("lab");
  one.set_function("f1");
  one.set_track(v1::TRACK_REGULAR);
  one.set_kind(v1::KIND_SERVER);
  one.set_created(created);
  one.set_executed(created + kSecond / 10);
  one.set_ready(created + kSecond / 4);
  use(*one.mutable_own(), v1::ACTIVITY_INIT, 30'000'000);
  use(*one.mutable_own(), v1::ACTIVITY_HANDLE, requests * 10'000'000);
  use(*one.mutable_served(), v1::ACTIVITY_CREATE, 70'000'000);
  one.set_requests_completed(requests);
  one.mutable_memory_byte_seconds()->set_busy(1e6);
  one.set_memory_peak_bytes(1 << 20);
  one.set_observed(created + kSecond);
  return record;
}

inline v1::Record ended(v1::Record record, std::int64_t gone) {
  record.mutable_instance()->set_gone(gone);
  record.mutable_instance()->set_ended("exit:0");
  return record;
}

/// A later snapshot of it.
inline v1::Record later(v1::Record record, std::uint64_t sequence, std::int64_t observed,
                        std::uint64_t requests) {
  v1::InstanceRecord& one = *record.mutable_instance();
  one.set_sequence(sequence);
  one.set_observed(observed);
  one.mutable_own(1)->set_nanoseconds(requests * 10'000'000);
  one.set_requests_completed(requests);
  return record;
}

/// A period of 10 s of 2 CPUs: 1 s of runc's create, 2 s of instances' handle, 3 s of the node's, the rest
/// idle.
inline v1::Record ledger(std::uint64_t sequence, std::int64_t end, const std::string& node = "n1") {
  v1::Record record;
  v1::NodeLedger& one = *record.mutable_node_ledger();
  one.set_node(node);
  one.set_agent(node + "-agent");
  one.set_sequence(sequence);
  one.set_start(end - 10 * kSecond);
  one.set_end(end);
  one.set_kernel("6.1");
  one.set_cpus(2);
  const auto cell = [&](v1::OwnerKind owner, const char* component, v1::Activity activity,
                        std::uint64_t seconds) {
    v1::NodeLedger::Cell& added = *one.add_cells();
    added.set_owner(owner);
    added.set_component(component);
    added.mutable_usage()->set_activity(activity);
    added.mutable_usage()->set_nanoseconds(seconds * kSecond);
  };
  cell(v1::OWNER_KIND_COMPONENT, "runc", v1::ACTIVITY_CREATE, 1);
  cell(v1::OWNER_KIND_INSTANCE, "", v1::ACTIVITY_HANDLE, 2);
  cell(v1::OWNER_KIND_NODE, "", v1::ACTIVITY_OTHER, 3);
  one.set_wall_nanoseconds(20 * kSecond);
  one.set_idle_nanoseconds(14 * kSecond);
  one.mutable_memory_byte_seconds()->set_idle(5e6);
  return record;
}

}  // namespace faastax::store::testing
