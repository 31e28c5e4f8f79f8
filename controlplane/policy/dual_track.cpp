// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/dual_track.hpp"

namespace faastax::policy {

DualTrack::Function& DualTrack::known(FunctionId id) {
  const auto found = functions_.find(id);
  if (found != functions_.end()) return found->second;
  return functions_
      .emplace(id, Function{ArrivalFilter(parameters_.filter_percentile),
                            Peak(parameters_.keep_alive, parameters_.concurrency)})
      .first->second;
}

void DualTrack::count(Time now, Function& function, RequestId request) {
  function.counted.insert(request);
  function.peak.record(now, static_cast<double>(function.counted.size()));
}

void DualTrack::ended(Time now, FunctionId id, RequestId request) {
  Function& function = known(id);
  if (!function.counted.contains(request)) return;
  function.peak.record(now, static_cast<double>(function.counted.size()));
  function.counted.erase(request);
}

Decisions DualTrack::arrived(Time now, const RequestArrived& request) {
  Function& function = known(request.function);
  function.filter.arrived(now);
  if (request.placed) {
    count(now, function, request.request);
    return {};
  }
  Decisions decisions{
      StartInstances{request.function, 1, request.request, "no free slot", Track::kEmergency}};
  const auto gap = function.filter.percentile();
  if (!gap || *gap >= parameters_.keep_alive) return decisions;
  count(now, function, request.request);
  const auto advice = function.peak.decide(now, 0);
  if (advice->count <= function.scale) return decisions;
  function.scale = advice->count;
  decisions.push_back(SetScale{request.function, static_cast<std::size_t>(advice->count), "reported excess"});
  return decisions;
}

Decisions DualTrack::on(Time now, const Event& event) {
  if (const auto* arrival = std::get_if<RequestArrived>(&event)) return arrived(now, *arrival);
  if (const auto* end = std::get_if<RequestEnded>(&event)) ended(now, end->function, end->request);
  if (const auto* refused = std::get_if<RequestRefused>(&event)) {
    ended(now, refused->function, refused->request);
  }
  if (std::holds_alternative<Tick>(event) && clock_.due(now)) return rescale_all(now);
  return {};
}

Decisions DualTrack::rescale_all(Time now) {
  Decisions decisions;
  for (auto& [id, function] : functions_) {
    if (!function.counted.empty()) function.peak.record(now, static_cast<double>(function.counted.size()));
    const auto advice = function.peak.decide(now, 0);
    const std::int64_t scale = advice ? advice->count : 0;
    if (scale == 0 && function.scale == 0) continue;
    function.scale = scale;
    decisions.push_back(SetScale{id, static_cast<std::size_t>(scale), "most at once in the keep-alive"});
  }
  return decisions;
}

std::optional<Time> DualTrack::next_wake() const {
  return functions_.empty() ? std::nullopt : std::optional(clock_.next());
}

}  // namespace faastax::policy
