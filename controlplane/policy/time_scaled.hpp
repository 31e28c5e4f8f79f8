// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <memory>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// A policy whose time runs `speedup` times as fast as the caller's: every one of its time constants is
/// divided by that.
class TimeScaled final : public Policy {
 public:
  TimeScaled(std::unique_ptr<Policy> policy, double speedup)
      : policy_(std::move(policy)), speedup_(speedup) {}

  std::string_view name() const override { return policy_->name(); }

  Decisions on(Time now, const Event& event) override { return policy_->on(scale(now, speedup_), event); }

  // Never so early that the policy would find that it is not yet time.
  std::optional<Time> next_wake() const override {
    const auto wake = policy_->next_wake();
    if (!wake) return wake;
    Time outside = scale(*wake, 1 / speedup_);
    while (scale(outside, speedup_) < *wake) ++outside;
    return outside;
  }

 private:
  static Time scale(Time time, double by) {
    return Time(std::llround(static_cast<double>(time.count()) * by));
  }

  std::unique_ptr<Policy> policy_;
  double speedup_;
};

}  // namespace faastax::policy
