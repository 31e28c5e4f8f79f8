// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "controlplane/policy/arrival_filter.hpp"
#include "controlplane/policy/decision_clock.hpp"
#include "controlplane/policy/peak.hpp"
#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

struct DualTrackParameters {
  Time keep_alive = std::chrono::seconds(60);
  double filter_percentile = 50;
  double concurrency = 1;  ///< requests at once in a regular instance; 0: any number
};

/// The dual-track control plane (PulseNet, arXiv 2505.24551). A request that finds no free slot is in excess
/// and gets an emergency instance of its own. If the function's inter-arrival time at the filter's percentile
/// is below the keep-alive the request is reported to the standard track as well: that is synchronous,
/// off the critical path, and keeps as many regular instances as the most requests at once in the keep-alive
/// need, counting what regular instances serve and what was reported. Sporadic functions have none.
class DualTrack final : public Policy {
 public:
  explicit DualTrack(const DualTrackParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const override { return "dual"; }
  Decisions on(Time now, const Event& event) override;
  std::optional<Time> next_wake() const override;

 private:
  struct Function {
    ArrivalFilter filter;
    Peak peak;
    std::set<RequestId> counted{};  ///< in flight and known to the standard track
    std::int64_t scale = 0;
  };
  Function& known(FunctionId id);
  Decisions arrived(Time now, const RequestArrived& request);
  void count(Time now, Function& function, RequestId request);
  void ended(Time now, FunctionId id, RequestId request);
  Decisions rescale_all(Time now);

  DualTrackParameters parameters_;
  std::map<FunctionId, Function> functions_;
  DecisionClock clock_;
};

}  // namespace faastax::policy
