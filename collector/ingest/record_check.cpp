// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/record_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "agent/base/printable.hpp"
#include "proto/records.pb.h"

namespace faastax::collector {
namespace {

using std::chrono::nanoseconds;
using Found = std::optional<Refused>;

constexpr std::array<std::string_view, kRefusals> kNames = {"unknown_kind", "text",   "future",
                                                            "clock",        "number", "store"};

Found check_text(const char* field, std::string_view text, std::size_t most = kMaxName) {
  if (text.size() > most) {
    return Refused{Refusal::kText, fmt::format("{} is longer than {} bytes", field, most)};
  }
  if (base::has_control(text))
    return Refused{Refusal::kText, fmt::format("{} has control characters", field)};
  return std::nullopt;
}

Found check_name(const char* field, std::string_view text, std::size_t most = kMaxName) {
  if (text.empty()) return Refused{Refusal::kText, fmt::format("{} is missing", field)};
  return check_text(field, text, most);
}

Found check_time(const char* field, std::int64_t time_ns, std::int64_t now_ns) {
  if (time_ns < 0) return Refused{Refusal::kNumber, fmt::format("{} is before 1970", field)};
  const std::int64_t latest = now_ns + nanoseconds(kAhead).count();
  if (time_ns <= latest) return std::nullopt;
  return Refused{Refusal::kFuture, fmt::format("{} is {} s in the future: set the node's clock", field,
                                               (time_ns - now_ns) / 1'000'000'000)};
}

Found check_amount(const char* field, std::uint64_t amount) {
  if (amount <= kMaxAmount) return std::nullopt;
  return Refused{Refusal::kNumber, fmt::format("{} is {}: more than can be", field, amount)};
}

Found check_amount(const char* field, double amount) {
  if (std::isfinite(amount) && amount >= 0 && amount <= static_cast<double>(kMaxAmount)) return std::nullopt;
  return Refused{Refusal::kNumber, fmt::format("{} is {}: it cannot be", field, amount)};
}

Found check_usage(const v1::Usage& usage) {
  if (usage.activity() < v1::ACTIVITY_CREATE || usage.activity() > v1::ACTIVITY_OTHER) {
    return Refused{Refusal::kUnknownKind, "an activity is not known here: update the collector"};
  }
  // Most of what is checked is this: one comparison where nothing is wrong.
  if (std::max({usage.nanoseconds(), usage.cycles(), usage.instructions()}) <= kMaxAmount)
    return std::nullopt;
  for (const auto& [field, amount] :
       {std::pair{"usage.nanoseconds", usage.nanoseconds()}, std::pair{"usage.cycles", usage.cycles()},
        std::pair{"usage.instructions", usage.instructions()}}) {
    if (auto wrong = check_amount(field, amount)) return wrong;
  }
  return std::nullopt;
}

Found check_memory(const v1::MemoryByState& memory) {
  for (const double amount : {memory.starting(), memory.idle(), memory.busy(), memory.stopping()}) {
    if (auto wrong = check_amount("memory_byte_seconds", amount)) return wrong;
  }
  return std::nullopt;
}

Found check_histogram(const v1::Histogram& histogram) {
  for (const auto& bucket : histogram.buckets()) {
    if (bucket.count() <= kMaxAmount) continue;
    if (auto wrong = check_amount("request_seconds", bucket.count())) return wrong;
  }
  return check_amount("request_seconds", histogram.sum_seconds());
}

Found check_names(const v1::InstanceRecord& record) {
  if (auto wrong = check_name("uid", record.uid())) return wrong;
  if (auto wrong = check_name("node", record.node(), kMaxKey)) return wrong;
  for (const auto& [field, text] :
       {std::pair{"namespace", &record.namespace_()}, std::pair{"function", &record.function()},
        std::pair{"policy", &record.policy()}}) {
    if (auto wrong = check_text(field, *text, kMaxKey)) return wrong;
  }
  for (const auto& [field, text] :
       {std::pair{"sandbox", &record.sandbox()}, std::pair{"pod_uid", &record.pod_uid()},
        std::pair{"revision", &record.revision()}, std::pair{"runtime", &record.runtime()},
        std::pair{"ended", &record.ended()}}) {
    if (auto wrong = check_text(field, *text)) return wrong;
  }
  for (const std::string& container : record.containers()) {
    if (auto wrong = check_text("containers", container)) return wrong;
  }
  return std::nullopt;
}

Found check_times(const v1::InstanceRecord& record, std::int64_t now_ns) {
  for (const auto& [field, time] :
       {std::pair{"created", record.created()}, std::pair{"executed", record.executed()},
        std::pair{"ready", record.ready()}, std::pair{"first_request", record.first_request()},
        std::pair{"last_request", record.last_request()}, std::pair{"stopped", record.stopped()},
        std::pair{"gone", record.gone()}, std::pair{"observed", record.observed()}}) {
    if (auto wrong = check_time(field, time, now_ns)) return wrong;
  }
  return std::nullopt;
}

Found check_numbers(const v1::InstanceRecord& record) {
  for (const auto& [field, amount] :
       {std::pair{"sequence", record.sequence()},
        std::pair{"requests_completed", record.requests_completed()},
        std::pair{"requests_inferred", record.requests_inferred()},
        std::pair{"requests_aborted", record.requests_aborted()}, std::pair{"probes", record.probes()},
        std::pair{"memory_peak_bytes", record.memory_peak_bytes()}}) {
    if (auto wrong = check_amount(field, amount)) return wrong;
  }
  for (const auto* usages : {&record.own(), &record.served()}) {
    for (const v1::Usage& usage : *usages) {
      if (auto wrong = check_usage(usage)) return wrong;
    }
  }
  if (auto wrong = check_memory(record.memory_byte_seconds())) return wrong;
  return check_histogram(record.request_seconds());
}

Found check(const v1::InstanceRecord& record, std::int64_t now_ns) {
  if (auto wrong = check_names(record)) return wrong;
  if (auto wrong = check_times(record, now_ns)) return wrong;
  return check_numbers(record);
}

Found check_amounts(const v1::NodeLedger& ledger) {
  for (const auto& [field, amount] :
       {std::pair{"sequence", ledger.sequence()}, std::pair{"wall_nanoseconds", ledger.wall_nanoseconds()},
        std::pair{"idle_nanoseconds", ledger.idle_nanoseconds()},
        std::pair{"lost_events", ledger.lost_events()}, std::pair{"lost_records", ledger.lost_records()},
        std::pair{"live_instances", ledger.live_instances()}}) {
    if (auto wrong = check_amount(field, amount)) return wrong;
  }
  for (const auto& [field, amount] : {std::pair{"unsettled_nanoseconds", ledger.unsettled_nanoseconds()},
                                      std::pair{"residual_nanoseconds", ledger.residual_nanoseconds()},
                                      std::pair{"steal_nanoseconds", ledger.steal_nanoseconds()}}) {
    if (auto wrong = check_amount(field, std::fabs(static_cast<double>(amount)))) return wrong;
  }
  for (const auto& [field, amount] : {std::pair{"overhead_byte_seconds", ledger.overhead_byte_seconds()},
                                      std::pair{"reserved_byte_seconds", ledger.reserved_byte_seconds()},
                                      std::pair{"bpf_estimated_seconds", ledger.bpf_estimated_seconds()}}) {
    if (auto wrong = check_amount(field, amount)) return wrong;
  }
  return check_memory(ledger.memory_byte_seconds());
}

Found check_names(const v1::NodeLedger& ledger) {
  if (auto wrong = check_name("node", ledger.node(), kMaxKey)) return wrong;
  if (auto wrong = check_name("agent", ledger.agent())) return wrong;
  for (const auto& [field, text] :
       {std::pair{"kernel", &ledger.kernel()}, std::pair{"cgroup", &ledger.cgroup()},
        std::pair{"cycle_source", &ledger.cycle_source()}}) {
    if (auto wrong = check_text(field, *text)) return wrong;
  }
  for (const auto& [runtime, version] : ledger.runtime_versions()) {
    if (auto wrong = check_text("runtime_versions", runtime + version)) return wrong;
  }
  return std::nullopt;
}

Found check(const v1::NodeLedger& ledger, std::int64_t now_ns) {
  if (auto wrong = check_names(ledger)) return wrong;
  if (auto wrong = check_time("start", ledger.start(), now_ns)) return wrong;
  if (auto wrong = check_time("end", ledger.end(), now_ns)) return wrong;
  if (ledger.end() < ledger.start()) {
    return Refused{Refusal::kClock, "the period ends before it starts: the node's clock was set back in it"};
  }
  for (const auto& cell : ledger.cells()) {
    if (auto wrong = check_text("cells.component", cell.component())) return wrong;
    if (auto wrong = check_usage(cell.usage())) return wrong;
  }
  return check_amounts(ledger);
}

}  // namespace

std::string_view name_of(Refusal refusal) { return kNames.at(static_cast<std::size_t>(refusal)); }

Found check_record(const v1::Record& record, std::int64_t now_ns) {
  switch (record.record_case()) {
    case v1::Record::kInstance:
      return check(record.instance(), now_ns);
    case v1::Record::kNodeLedger:
      return check(record.node_ledger(), now_ns);
    default:
      return Refused{Refusal::kUnknownKind, "a kind of record that is not known here: update the collector"};
  }
}

bool is_text(std::string_view text) { return text.size() <= kMaxName && !base::has_control(text); }

std::string_view boot_of(std::string_view uid) { return uid.substr(0, uid.rfind('-')); }

bool is_newer(std::string_view version, std::string_view than) {
  const auto next = [](std::string_view& text) {
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    const auto dot = text.find('.');
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
    return number;
  };
  while (!version.empty() || !than.empty()) {
    const auto left = next(version);
    const auto right = next(than);
    if (left != right) return left > right;
  }
  return false;
}

}  // namespace faastax::collector
