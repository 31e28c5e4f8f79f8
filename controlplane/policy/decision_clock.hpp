// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// How often a policy that looks at metrics decides, as in Knative.
inline constexpr Time kDecisionPeriod = std::chrono::seconds(2);

/// When it does: at whole periods since the run began; those that were missed are not made up for.
class DecisionClock {
 public:
  /// True once for each period, at its end or later.
  bool due(Time now) {
    if (now < next_) return false;
    next_ = (now / kDecisionPeriod + 1) * kDecisionPeriod;
    return true;
  }
  Time next() const { return next_; }

 private:
  Time next_ = kDecisionPeriod;
};

}  // namespace faastax::policy
