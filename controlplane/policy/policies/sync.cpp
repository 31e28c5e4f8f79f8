// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/keep_alive.hpp"
#include "controlplane/policy/peak.hpp"
#include "controlplane/policy/peak_keep_alive.hpp"
#include "controlplane/policy/registry.hpp"

/// Kn-Sync of arXiv 2509.03104; with a keep-alive of 10 minutes it stands for AWS Lambda.
namespace faastax::policy::policies {
namespace {

using Kind = Parameter::Kind;
constexpr double kTimer = 0;

}  // namespace

PolicyType sync() {
  PolicyType type;
  type.name = "sync";
  type.summary = "a request that finds no free slot starts an instance and waits for it; then keep-alive";
  type.parameters = {
      {"keep_alive_s", Kind::kSeconds, 600, 1, 86400, "how long an idle instance stays"},
      {"reading",
       Kind::kChoice,
       kTimer,
       0,
       1,
       "timer: of each instance; window: the most requests at once in that time, of each function",
       false,
       {"timer", "window"}},
      {"concurrency", Kind::kNumber, 1, 0, 1e6, "requests at once in an instance; 0: any number"},
  };
  type.main_parameter = "keep_alive_s";
  type.presets = {{"lambda", "as the papers match AWS Lambda", {{"keep_alive_s", "600s"}}}};
  type.make = [](const Values& values) -> std::unique_ptr<Policy> {
    const Time keep_alive = values.seconds("keep_alive_s");
    if (values.number("reading") == kTimer) return std::make_unique<KeepAlive>(keep_alive);
    return std::make_unique<PeakKeepAlive>(keep_alive, values.number("concurrency"));
  };
  type.make_scaler = [](const Values& values) -> ScalerFactory {
    return [keep_alive = values.seconds("keep_alive_s"), concurrency = values.number("concurrency")](
               Time, double) { return std::make_unique<Peak>(keep_alive, concurrency); };
  };
  return type;
}

}  // namespace faastax::policy::policies
