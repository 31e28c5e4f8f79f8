// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/regression.hpp"

#include <limits>

#include "controlplane/policy/knative_options.hpp"
#include "controlplane/policy/registry.hpp"

/// Kn-LR of arXiv 2505.24551.
namespace faastax::policy::policies {
namespace {

constexpr Time kBucket = std::chrono::seconds(1);

ScalerFactory scalers(const Values& values) {
  return [parameters = kpa_parameters(values, kBucket), horizon = values.seconds("horizon_s")](Time start,
                                                                                               double ready) {
    return std::make_unique<Regression>(parameters, horizon, start, ready);
  };
}

}  // namespace

PolicyType regression() {
  KpaParameters decider;
  decider.panic_threshold = std::numeric_limits<double>::infinity();
  PolicyType type;
  type.name = "regression";
  type.summary = "Knative with the straight line through the window, extrapolated, in place of its average";
  type.parameters = knative_options(decider, {});
  type.parameters.push_back(
      {"horizon_s", Parameter::Kind::kSeconds, 2, 0, 3600, "how far ahead the load is predicted"});
  type.main_parameter = "window_s";
  type.make = [](const Values& values) {
    return std::make_unique<Autoscaler>("regression", autoscaler_parameters(values), scalers(values));
  };
  type.make_scaler = scalers;
  return type;
}

}  // namespace faastax::policy::policies
