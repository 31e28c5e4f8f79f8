// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/keep_alive.hpp"

namespace faastax::policy {

void KeepAlive::rests(Time now, InstanceId instance) {
  rests_no_more(instance);
  idle_.emplace(instance, now);
  idle_since_.emplace(now, instance);
}

void KeepAlive::rests_no_more(InstanceId instance) {
  const auto found = idle_.find(instance);
  if (found == idle_.end()) return;
  idle_since_.erase({found->second, instance});
  idle_.erase(found);
}

void KeepAlive::ends_one(Time now, InstanceId instance) {
  const auto found = in_flight_.find(instance);
  if (found == in_flight_.end() || --found->second > 0) return;
  in_flight_.erase(found);
  rests(now, instance);
}

Decisions KeepAlive::expired(Time now) {
  Decisions decisions;
  for (const auto& [since, instance] : idle_since_) {
    if (since + keep_alive_ > now) break;
    decisions.push_back(StopInstance{instance, "idle for the keep-alive"});
  }
  return decisions;
}

Decisions KeepAlive::on(Time now, const Event& event) {
  if (const auto* arrived = std::get_if<RequestArrived>(&event)) {
    if (arrived->placed) return {};
    return {StartInstances{arrived->function, 1, arrived->request, "no free slot"}};
  }
  if (const auto* ready = std::get_if<InstanceReady>(&event)) rests(now, ready->instance);
  if (const auto* started = std::get_if<RequestStarted>(&event)) {
    ++in_flight_[started->instance];
    rests_no_more(started->instance);
  }
  if (const auto* ended = std::get_if<RequestEnded>(&event)) ends_one(now, ended->instance);
  if (const auto* stopping = std::get_if<InstanceStopping>(&event)) {
    in_flight_.erase(stopping->instance);
    rests_no_more(stopping->instance);
  }
  if (std::holds_alternative<Tick>(event)) return expired(now);
  return {};
}

std::optional<Time> KeepAlive::next_wake() const {
  if (idle_since_.empty()) return std::nullopt;
  return idle_since_.begin()->first + keep_alive_;
}

}  // namespace faastax::policy
