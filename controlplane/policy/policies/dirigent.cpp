// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/decision_clock.hpp"
#include "controlplane/policy/knative_options.hpp"
#include "controlplane/policy/registry.hpp"

/// Dirigent (SOSP 2024): Knative's policy on what is in flight at each decision, with the whole concurrency
/// of an instance as its target.
namespace faastax::policy::policies {
namespace {

ScalerFactory scalers(const Values& values) {
  return [parameters = kpa_parameters(values, kDecisionPeriod)](Time start, double ready) {
    return std::make_unique<Kpa>(parameters, start, ready);
  };
}

}  // namespace

PolicyType dirigent() {
  KpaParameters decider;
  decider.utilization = 1;
  decider.concurrency = 1;
  PolicyType type;
  type.name = "dirigent";
  type.summary = "Knative's policy at a target of 100 %, on samples of what is in flight every 2 s";
  type.parameters = knative_options(decider, {});
  type.main_parameter = "window_s";
  type.samples = true;
  type.make = [](const Values& values) {
    AutoscalerParameters around = autoscaler_parameters(values);
    around.samples = true;
    return std::make_unique<Autoscaler>("dirigent", around, scalers(values));
  };
  type.make_scaler = scalers;
  return type;
}

}  // namespace faastax::policy::policies
