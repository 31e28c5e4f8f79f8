// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "controlplane/policy/decision_clock.hpp"
#include "controlplane/policy/peak.hpp"
#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// Synchronous scaling as Kn-Sync's code does it: a request that finds no free slot starts an instance and
/// waits for that one, even if another frees up sooner; every 2 s a function is cut to what the most
/// requests at once in the keep-alive need.
class PeakKeepAlive final : public Policy {
 public:
  PeakKeepAlive(Time keep_alive, double concurrency) : keep_alive_(keep_alive), concurrency_(concurrency) {}

  std::string_view name() const override { return "sync"; }
  Decisions on(Time now, const Event& event) override;
  std::optional<Time> next_wake() const override;

 private:
  struct Function {
    Peak peak;
    std::int64_t in_flight = 0;
  };
  void change(Time now, FunctionId id, std::int64_t by);
  Decisions cut_all(Time now);

  Time keep_alive_;
  double concurrency_;
  std::map<FunctionId, Function> functions_;
  DecisionClock clock_;
};

}  // namespace faastax::policy
