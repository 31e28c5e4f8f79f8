// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/dispatcher.hpp"

#include <algorithm>
#include <utility>

/// Requests and the life of instances; what decisions do is in dispatcher_scale.cpp.
namespace faastax::policy {

Actions Dispatcher::take() { return std::exchange(actions_, {}); }

std::size_t Dispatcher::waiting() const {
  std::size_t sum = 0;
  for (const auto& [id, function] : functions_) sum += function.waiting.size();
  return sum;
}

bool Dispatcher::free_slot(const Instance& instance) const {
  return instance.state == State::kReady && instance.track == Track::kRegular && !instance.leaving &&
         (limits_.concurrency == 0 || instance.in_flight.size() < limits_.concurrency);
}

// The one that was used last: the others can then expire. Where an instance takes any number of requests
// that would send all to one: there the one with the fewest.
std::optional<InstanceId> Dispatcher::pick(FunctionId function) const {
  const auto found = functions_.find(function);
  if (found == functions_.end()) return std::nullopt;
  std::optional<InstanceId> best;
  const Instance* best_instance = nullptr;
  for (const InstanceId id : found->second.instances) {
    const Instance& instance = instances_.at(id);
    if (!free_slot(instance)) continue;
    if (best_instance != nullptr) {
      const auto load = instance.in_flight.size();
      const auto best_load = limits_.concurrency == 0 ? best_instance->in_flight.size() : load;
      if (load > best_load || (load == best_load && instance.last_used < best_instance->last_used)) continue;
    }
    best = id;
    best_instance = &instance;
  }
  return best;
}

void Dispatcher::send(RequestId request, InstanceId id, Instance& instance, bool cold) {
  instance.in_flight.insert(request);
  instance.last_used = now_;
  forget_request(request);
  serving_[request] = {id, instance.function, instance.track, instance.decision};
  actions_.emplace_back(Send{request, id, cold, instance.track});
  notify(RequestStarted{request, instance.function, id, instance.track});
}

void Dispatcher::serve_waiting(InstanceId id, Instance& instance) {
  const auto& queue = functions_[instance.function].waiting;
  while (!queue.empty() && free_slot(instance)) send(queue.begin()->second, id, instance, false);
}

void Dispatcher::wait(RequestId request, FunctionId function, bool first) {
  const std::int64_t place = first ? --first_place_ : ++last_place_;
  functions_[function].waiting.emplace(place, request);
  unserved_[request] = {function, place};
}

void Dispatcher::wait_no_more(RequestId request) {
  Unserved& unserved = unserved_.at(request);
  if (unserved.place) functions_[unserved.function].waiting.erase(*unserved.place);
  unserved.place.reset();
}

// A start that was held for it alone is not needed any more.
void Dispatcher::forget_request(RequestId request) {
  const auto found = unserved_.find(request);
  if (found == unserved_.end()) return;
  wait_no_more(request);
  if (found->second.held) held_.take(*found->second.held);
  unserved_.erase(found);
}

bool Dispatcher::serve_again(RequestId request, FunctionId function) {
  wait(request, function, true);
  const auto free = pick(function);
  if (free) serve_waiting(*free, instances_.at(*free));
  return free.has_value();
}

void Dispatcher::has_room(InstanceId id, Instance& instance) {
  serve_waiting(id, instance);
  if (instance.in_flight.empty() && instance.state == State::kReady) {
    if (instance.leaving) {
      remove(id, instance, instance.leaves_why, instance.leaves_by);
    } else if (instance.track == Track::kEmergency) {
      remove(id, instance, "served its one request");
    }
  }
  launch_held_back();
}

void Dispatcher::leave(InstanceId id, Instance& instance, std::string reason, DecisionId decision) {
  if (instance.state == State::kReady && instance.in_flight.empty()) {
    remove(id, instance, std::move(reason), decision);
    return;
  }
  instance.leaving = true;
  instance.leaves_why = std::move(reason);
  instance.leaves_by = decision;
  if (instance.state == State::kReady) tell_stopping(id, instance);
}

void Dispatcher::remove(InstanceId id, Instance& instance, std::string reason, DecisionId decision) {
  instance.state = State::kStopping;
  actions_.emplace_back(Remove{id, std::move(reason), decision});
  tell_stopping(id, instance);
}

// Once: a busy instance that leaves counts as stopping from then on, as one that Kubernetes terminates.
void Dispatcher::tell_stopping(InstanceId id, Instance& instance) {
  if (std::exchange(instance.told, true)) return;
  notify(InstanceStopping{id, instance.function, instance.track});
}

void Dispatcher::refuse(RequestId request, FunctionId function, std::string reason) {
  forget_request(request);
  actions_.emplace_back(Refuse{request, std::move(reason)});
  notify(RequestRefused{request, function});
}

Dispatcher::Instance Dispatcher::forget(InstanceId id) {
  Instance instance = std::move(instances_.at(id));
  instances_.erase(id);
  functions_[instance.function].instances.erase(id);
  return instance;
}

Actions Dispatcher::function_deployed(Time now, FunctionId function) {
  now_ = now;
  functions_[function];
  notify(FunctionDeployed{function});
  return take();
}

Actions Dispatcher::request_arrived(Time now, RequestId request, FunctionId function) {
  now_ = now;
  if (closed_) {
    actions_.emplace_back(Refuse{request, "the run ends"});
    return take();
  }
  const std::optional<InstanceId> free = pick(function);
  if (!free) wait(request, function);
  notify(RequestArrived{request, function, free.has_value()});
  if (free) send(request, *free, instances_.at(*free), false);
  return take();
}

Actions Dispatcher::request_ended(Time now, RequestId request, bool reusable) {
  now_ = now;
  const auto served = serving_.find(request);
  if (served == serving_.end()) return take();
  const auto [id, function, track, decision] = served->second;
  serving_.erase(served);
  const auto found = instances_.find(id);
  if (found != instances_.end()) {
    found->second.in_flight.erase(request);
    found->second.last_used = now_;
  }
  notify(RequestEnded{request, function, id, track});
  if (found == instances_.end() || found->second.state != State::kReady) return take();
  if (reusable) {
    has_room(id, found->second);
  } else {
    remove(id, found->second, "broken");
    repair(function);
  }
  return take();
}

Actions Dispatcher::request_unsent(Time now, RequestId request) {
  now_ = now;
  const auto served = serving_.find(request);
  if (served == serving_.end()) return take();
  const auto [id, function, track, decision] = served->second;
  serving_.erase(served);
  if (const auto found = instances_.find(id); found != instances_.end()) {
    found->second.in_flight.erase(request);
    if (found->second.state == State::kReady) remove(id, found->second, "broken");
  }
  if (closed_) {
    refuse(request, function, "the run ends");
    return take();
  }
  const bool repaired = functions_[function].scale.value_or(0) > 0 && track == Track::kRegular;
  if (!serve_again(request, function) && !repaired) {
    hold({function, request, "its instance was lost", Track::kRegular, decision, true}, true);
  }
  repair(function);
  launch_held_back();
  return take();
}

Actions Dispatcher::request_cancelled(Time now, RequestId request) {
  now_ = now;
  const auto found = unserved_.find(request);
  if (found == unserved_.end()) return take();
  const FunctionId function = found->second.function;
  forget_request(request);
  for (const InstanceId id : functions_[function].instances) {
    Instance& instance = instances_.at(id);
    if (instance.bound == request) instance.bound.reset();
  }
  notify(RequestRefused{request, function});
  launch_held_back();
  return take();
}

Actions Dispatcher::instance_ready(Time now, InstanceId id) {
  now_ = now;
  const auto found = instances_.find(id);
  if (found == instances_.end() || found->second.state != State::kStarting) return take();
  Instance& instance = found->second;
  instance.state = State::kReady;
  instance.last_used = now_;
  if (instance.track == Track::kRegular) functions_[instance.function].failed_starts = 0;
  notify(InstanceReady{id, instance.function, instance.track});
  if (instance.bound) send(*std::exchange(instance.bound, std::nullopt), id, instance, true);
  has_room(id, instance);
  return take();
}

Actions Dispatcher::instance_failed(Time now, InstanceId id) {
  now_ = now;
  if (!instances_.contains(id)) return take();
  const Instance instance = forget(id);
  if (instance.track == Track::kRegular) ++functions_[instance.function].failed_starts;
  if (instance.bound && instance.track == Track::kEmergency && !closed_) {
    if (!serve_again(*instance.bound, instance.function)) {
      hold({instance.function, instance.bound, "no emergency instance", Track::kRegular, instance.decision,
            true},
           true);
    }
  } else if (instance.bound) {
    refuse(*instance.bound, instance.function, "its instance did not start");
  }
  notify(InstanceFailed{id, instance.function, instance.track});
  repair(instance.function);
  launch_held_back();
  return take();
}

Actions Dispatcher::instance_lost(Time now, InstanceId id) {
  now_ = now;
  const auto found = instances_.find(id);
  if (found == instances_.end() || found->second.state != State::kReady) return take();
  remove(id, found->second, "lost");
  repair(found->second.function);
  launch_held_back();
  return take();
}

Actions Dispatcher::instance_gone(Time now, InstanceId id) {
  now_ = now;
  if (!instances_.contains(id)) return take();
  const Instance instance = forget(id);
  notify(InstanceGone{id, instance.function, instance.track});
  launch_held_back();
  return take();
}

Actions Dispatcher::tick(Time now) {
  now_ = now;
  repair_what_is_due();
  notify(Tick{});
  return take();
}

Actions Dispatcher::close(Time now) {
  now_ = now;
  closed_ = true;
  next_repair_.reset();
  for (auto& [id, function] : functions_) {
    function.repair_at.reset();
    while (!function.waiting.empty()) refuse(function.waiting.begin()->second, id, "the run ends");
  }
  held_.clear();
  for (auto& [id, instance] : instances_) {
    if (instance.state == State::kStopping) continue;
    if (instance.bound)
      refuse(*std::exchange(instance.bound, std::nullopt), instance.function, "the run ends");
    leave(id, instance, "the run ends", 0);
  }
  return take();
}

}  // namespace faastax::policy
