// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/autoscaler.hpp"

#include <algorithm>

namespace faastax::policy {

Autoscaler::Function& Autoscaler::known(Time now, FunctionId id) {
  Function& function = functions_[id];
  if (!function.scaler) function.scaler = factory_(now, 0);
  return function;
}

std::int64_t Autoscaler::bounded(std::int64_t scale) const {
  scale = std::max(scale, parameters_.min_scale);
  return parameters_.max_scale == 0 ? scale : std::min(scale, parameters_.max_scale);
}

Decisions Autoscaler::set(Time now, FunctionId id, Function& function, std::int64_t scale,
                          std::string reason) {
  if (scale == 0 || function.scale == 0) {
    function.active_since.reset();
    function.inactive_since.reset();
  }
  function.scale = scale;
  function.meter.report_zeros(now, scale > 0);
  return {SetScale{id, static_cast<std::size_t>(scale), std::move(reason)}};
}

// A start from zero does not wait for the next decision.
Decisions Autoscaler::arrived(Time now, const RequestArrived& request) {
  Function& function = known(now, request.function);
  function.meter.change(now, 1);
  if (request.placed || function.scale > 0) return {};
  return set(now, request.function, function,
             bounded(std::max<std::int64_t>(1, parameters_.activation_scale)), "from zero");
}

Decisions Autoscaler::on(Time now, const Event& event) {
  if (const auto* arrival = std::get_if<RequestArrived>(&event)) return arrived(now, *arrival);
  if (const auto* deployed = std::get_if<FunctionDeployed>(&event)) {
    Function& function = known(now, deployed->function);
    const std::int64_t scale = bounded(parameters_.initial_scale);
    if (scale > 0) return set(now, deployed->function, function, scale, "initial scale");
  }
  if (const auto* ended = std::get_if<RequestEnded>(&event))
    known(now, ended->function).meter.change(now, -1);
  if (const auto* refused = std::get_if<RequestRefused>(&event)) {
    known(now, refused->function).meter.change(now, -1);
  }
  if (const auto* ready = std::get_if<InstanceReady>(&event)) {
    Function& function = known(now, ready->function);
    if (ready->track == Track::kRegular) ++function.ready;
    if (!function.active_since && !function.inactive_since) function.active_since = now;
  }
  if (const auto* stopping = std::get_if<InstanceStopping>(&event)) {
    if (stopping->track == Track::kRegular) --known(now, stopping->function).ready;
  }
  if (std::holds_alternative<Tick>(event) && clock_.due(now)) return decide_all(now);
  return {};
}

std::optional<Time> Autoscaler::next_wake() const {
  return functions_.empty() ? std::nullopt : std::optional(clock_.next());
}

Decisions Autoscaler::decide_all(Time now) {
  Decisions decisions;
  for (auto& [id, function] : functions_)
    std::ranges::move(decide(now, id, function), std::back_inserter(decisions));
  return decisions;
}

Decisions Autoscaler::decide(Time now, FunctionId id, Function& function) {
  const auto seconds = function.meter.take(now);
  if (parameters_.samples) {
    if (function.scale > 0 || function.meter.level() > 0) {
      function.scaler->record(now, static_cast<double>(function.meter.level()));
    }
  } else {
    for (const auto& [end, mean] : seconds) function.scaler->record(end, mean);
  }
  if (function.scale == 0 && function.meter.level() == 0) return {};
  const auto advice = function.scaler->decide(now, static_cast<double>(function.ready));
  if (!advice) return {};
  const std::int64_t wish = bounded(advice->count);
  if (wish > 0) {
    if (function.inactive_since) {
      function.inactive_since.reset();
      function.active_since = now;
    }
    return set(now, id, function, wish, advice->reason);
  }
  if (may_go_to_zero(now, function)) return set(now, id, function, 0, "to zero; " + advice->reason);
  return set(now, id, function, std::min<std::int64_t>(1, function.scale), "held at one; " + advice->reason);
}

bool Autoscaler::may_go_to_zero(Time now, Function& function) const {
  if (function.active_since && now - *function.active_since >= parameters_.window) {
    function.active_since.reset();
    function.inactive_since = now;
  }
  if (!function.inactive_since) return false;
  return now - *function.inactive_since >= std::max(parameters_.grace, parameters_.retention);
}

}  // namespace faastax::policy
