// SPDX-License-Identifier: Apache-2.0
#include "collector/store/policies.hpp"

#include <algorithm>
#include <tuple>

#include "collector/store/keys.hpp"
#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"

namespace faastax::store {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::size_t kMostAtOnce = 10'000;

/// Ordered by key, each once: the first of the call.
template <typename Row, typename KeyOf>
void order(std::vector<Row>& rows, const KeyOf& key_of) {
  std::ranges::stable_sort(rows, {}, key_of);
  const auto rest = std::ranges::unique(rows, {}, key_of);
  rows.erase(rest.begin(), rest.end());
}

/// Gives it to those that have none, and books them anew; which they are.
std::vector<const InstanceRow*> give(const std::map<std::string, std::string>& policies,
                                     std::vector<StoredInstance>& rows, Booking& into) {
  std::vector<const InstanceRow*> changed;
  InstanceBooking booking(into);
  for (StoredInstance& one : rows) {
    v1::InstanceRecord before;
    before.ParseFromString(one.record);
    const auto policy = policies.find(before.sandbox());
    if (!before.policy().empty() || policy == policies.end()) continue;
    v1::InstanceRecord now = before;
    now.set_policy(policy->second);
    booking.book(now, &before);
    one.record = now.SerializeAsString();
    one.row.record = one.record;
    changed.push_back(&one.row);
  }
  return changed;
}

void tell(std::vector<StoredInstance>& rows, const std::map<std::string, std::string>& policies,
          Backend& backend) {
  Booking booked;
  const std::vector<const InstanceRow*> changed = give(policies, rows, booked);
  if (changed.empty()) return;
  backend.replace_instances(changed);
  backend.append_journal(booked.encode());
}

}  // namespace

void store_policies(Backend& backend, std::span<const scaling::ScalingEvent> events) {
  std::vector<DecisionRow> decisions;
  std::vector<PlacementRow> placements;
  for (const scaling::ScalingEvent& event : events) {
    const std::int64_t at = event.time.time_since_epoch().count();
    if (const auto* decision = std::get_if<scaling::Decision>(&event.data)) {
      decisions.push_back({event.source, decision->decision_id, at, decision->policy});
    } else if (const auto* instance = std::get_if<scaling::Instance>(&event.data)) {
      if (instance->decision_id.empty() || instance->instance.empty()) continue;
      placements.push_back({instance->instance, event.source, instance->decision_id, at});
    }
  }
  order(decisions, [](const DecisionRow& row) { return std::tie(row.source, row.id); });
  order(placements, [](const PlacementRow& row) { return std::tie(row.sandbox); });
  if (!decisions.empty()) backend.insert_decisions(decisions);
  if (!placements.empty()) backend.insert_placements(placements);
}

void tell_policies(Backend& backend, Intake& intake) {
  std::vector<std::string_view> sandboxes;
  for (std::size_t i = 0; i < intake.instances.rows.size(); ++i) {
    const v1::InstanceRecord& record = intake.instance(i);
    if (record.policy().empty() && !record.sandbox().empty()) sandboxes.push_back(record.sandbox());
  }
  if (sandboxes.empty()) return;
  const std::map<std::string, std::string> policies = backend.policies_of(sandboxes);
  if (policies.empty()) return;
  for (std::size_t i = 0; i < intake.instances.rows.size(); ++i) {
    const v1::InstanceRecord& record = intake.instance(i);
    const auto policy = policies.find(record.sandbox());
    if (record.policy().empty() && policy != policies.end()) intake.set_policy(i, policy->second);
  }
}

void tell_late_policies(Backend& backend, std::int64_t now_ns) {
  // A record whose transaction had not ended at the first look is found by a second one.
  const std::int64_t again_before = now_ns - kMinute;
  const std::vector<Unlooked> placements = backend.unlooked(again_before, kMostAtOnce);
  if (placements.empty()) return;
  std::set<std::int64_t> hashes;
  std::map<std::string, std::string> policies;
  std::int64_t from = placements.front().at_ns;
  for (const Unlooked& placement : placements) {
    hashes.insert(hash_of(placement.sandbox));
    policies[placement.sandbox] = placement.policy;
    from = std::min(from, placement.at_ns);
  }
  // An instance is seen after its placement but for what clocks of two machines differ by.
  std::vector<StoredInstance> rows = backend.instances_of(hashes, from - kMinute);
  tell(rows, policies, backend);
  backend.set_looked(placements, again_before);
}

}  // namespace faastax::store
