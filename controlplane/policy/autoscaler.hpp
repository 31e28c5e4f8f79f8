// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "controlplane/policy/decision_clock.hpp"
#include "controlplane/policy/mean_concurrency.hpp"
#include "controlplane/policy/scaler.hpp"

namespace faastax::policy {

/// What an Autoscaler does beside asking its scalers; the defaults are Knative's.
struct AutoscalerParameters {
  Time window = std::chrono::seconds(60);  ///< a function that came up stays for so long
  std::int64_t initial_scale = 1;          ///< when a function is deployed
  std::int64_t activation_scale = 1;       ///< when a request finds none
  std::int64_t min_scale = 0;
  std::int64_t max_scale = 0;  ///< 0: any number
  Time grace = std::chrono::seconds(30);
  Time retention{};
  bool samples = false;  ///< concurrency is sampled at each decision, not averaged over each second
};

/// Asynchronous scaling: requests queue, and every 2 s a Scaler says for each function how many instances it
/// should have. Here is what Knative does around its decider: bounds, the start from zero at once, and scale
/// to zero. A wish for 0 is held while the function came up less than a window ago; then it counts as
/// inactive, and goes when it was that for the grace period and for the retention.
class Autoscaler final : public Policy {
 public:
  Autoscaler(std::string name, const AutoscalerParameters& parameters, ScalerFactory factory)
      : name_(std::move(name)), parameters_(parameters), factory_(std::move(factory)) {}

  std::string_view name() const override { return name_; }
  Decisions on(Time now, const Event& event) override;
  std::optional<Time> next_wake() const override;

 private:
  struct Function {
    MeanConcurrency meter;
    std::unique_ptr<Scaler> scaler;
    std::int64_t ready = 0;
    std::int64_t scale = 0;              ///< what was last decided
    std::optional<Time> active_since;    ///< absent: coming up, or at zero
    std::optional<Time> inactive_since;  ///< since then a wish for 0 may be granted
  };

  Function& known(Time now, FunctionId id);
  Decisions arrived(Time now, const RequestArrived& request);
  Decisions set(Time now, FunctionId id, Function& function, std::int64_t scale, std::string reason);
  Decisions decide_all(Time now);
  Decisions decide(Time now, FunctionId id, Function& function);
  bool may_go_to_zero(Time now, Function& function) const;
  std::int64_t bounded(std::int64_t scale) const;

  std::string name_;
  AutoscalerParameters parameters_;
  ScalerFactory factory_;
  std::map<FunctionId, Function> functions_;
  DecisionClock clock_;
};

}  // namespace faastax::policy
