// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/peak_keep_alive.hpp"

namespace faastax::policy {

// A level counts at its beginning and at its end: in between are only ticks, which record it too.
void PeakKeepAlive::change(Time now, FunctionId id, std::int64_t by) {
  Function& function = functions_.try_emplace(id, Function{Peak(keep_alive_, concurrency_), 0}).first->second;
  function.peak.record(now, static_cast<double>(function.in_flight));
  function.in_flight += by;
  function.peak.record(now, static_cast<double>(function.in_flight));
}

Decisions PeakKeepAlive::on(Time now, const Event& event) {
  if (const auto* arrived = std::get_if<RequestArrived>(&event)) {
    change(now, arrived->function, 1);
    if (arrived->placed) return {};
    return {StartInstances{arrived->function, 1, arrived->request, "no free slot"}};
  }
  if (const auto* ended = std::get_if<RequestEnded>(&event)) change(now, ended->function, -1);
  if (const auto* refused = std::get_if<RequestRefused>(&event)) change(now, refused->function, -1);
  if (std::holds_alternative<Tick>(event) && clock_.due(now)) return cut_all(now);
  return {};
}

Decisions PeakKeepAlive::cut_all(Time now) {
  Decisions decisions;
  for (auto& [id, function] : functions_) {
    function.peak.record(now, static_cast<double>(function.in_flight));
    const auto advice = function.peak.decide(now, 0);
    decisions.push_back(SetScale{id, static_cast<std::size_t>(advice->count), advice->reason});
  }
  return decisions;
}

std::optional<Time> PeakKeepAlive::next_wake() const {
  return functions_.empty() ? std::nullopt : std::optional(clock_.next());
}

}  // namespace faastax::policy
