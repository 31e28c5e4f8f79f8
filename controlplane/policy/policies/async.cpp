// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/knative_options.hpp"
#include "controlplane/policy/registry.hpp"

/// Knative (Kn in arXiv 2509.03104); with a window of 10 minutes it stands for Google Cloud Run.
namespace faastax::policy::policies {
namespace {

constexpr Time kBucket = std::chrono::seconds(1);

ScalerFactory scalers(const Values& values) {
  return [parameters = kpa_parameters(values, kBucket)](Time start, double ready) {
    return std::make_unique<Kpa>(parameters, start, ready);
  };
}

}  // namespace

PolicyType async() {
  PolicyType type;
  type.name = "async";
  type.summary = "concurrency averaged over a window, as Knative's autoscaler does; requests queue";
  type.parameters = knative_options({}, {});
  type.main_parameter = "window_s";
  type.presets = {{"cloud-run", "as the papers match Google Cloud Run", {{"window_s", "600s"}}},
                  {"no-panic", "as the papers measure", {{"panic_threshold", "inf"}}}};
  type.make = [](const Values& values) {
    return std::make_unique<Autoscaler>("async", autoscaler_parameters(values), scalers(values));
  };
  type.make_scaler = scalers;
  return type;
}

}  // namespace faastax::policy::policies
