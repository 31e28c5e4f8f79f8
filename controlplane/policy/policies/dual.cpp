// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/dual_track.hpp"
#include "controlplane/policy/registry.hpp"

/// PulseNet (arXiv 2505.24551).
namespace faastax::policy::policies {

PolicyType dual() {
  using Kind = Parameter::Kind;
  PolicyType type;
  type.name = "dual";
  type.summary = "regular instances with a keep-alive, and an emergency instance for each request in excess";
  type.parameters = {
      {"keep_alive_s", Kind::kSeconds, 60, 1, 86400, "of regular instances"},
      {"filter_percentile", Kind::kNumber, 50, 0, 100,
       "a request in excess grows the regular pool if this percentile of the function's inter-arrival times "
       "is below the keep-alive"},
      {"concurrency", Kind::kNumber, 1, 0, 1e6, "requests at once in a regular instance; 0: any number"},
  };
  type.emergency_track = true;
  type.main_parameter = "keep_alive_s";
  type.make = [](const Values& values) {
    return std::make_unique<DualTrack>(DualTrackParameters{
        values.seconds("keep_alive_s"), values.number("filter_percentile"), values.number("concurrency")});
  };
  return type;
}

}  // namespace faastax::policy::policies
