// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <utility>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// Synchronous scaling, as AWS Lambda does it: a request that finds no free slot starts an instance and
/// waits for that one; an instance that was idle for the keep-alive is removed.
class KeepAlive final : public Policy {
 public:
  /// `keep_alive`: idle time after which an instance goes; 0 removes it as soon as it is idle.
  explicit KeepAlive(Time keep_alive) : keep_alive_(keep_alive) {}

  std::string_view name() const override { return "sync"; }
  Decisions on(Time now, const Event& event) override;
  std::optional<Time> next_wake() const override;

 private:
  void rests(Time now, InstanceId instance);
  void rests_no_more(InstanceId instance);
  void ends_one(Time now, InstanceId instance);
  Decisions expired(Time now);

  Time keep_alive_;
  std::set<std::pair<Time, InstanceId>> idle_since_;  ///< oldest first
  std::map<InstanceId, Time> idle_;                   ///< the same, by instance
  std::map<InstanceId, std::size_t> in_flight_;       ///< of instances that have requests
};

}  // namespace faastax::policy
