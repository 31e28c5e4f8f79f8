// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace faastax::policy {

Actions Dispatcher::take() { return std::exchange(actions_, {}); }

void Dispatcher::notify(const Event& event) {
  for (const Decision& decision : policy_->on(now_, event)) {
    std::visit([this](const auto& one) { carry_out(one); }, decision);
  }
}

void Dispatcher::carry_out(const StartInstances& start) {
  if (closed_) return;
  for (std::size_t i = 0; i < start.count; ++i) {
    held_.push_back({start.function, i == 0 ? start.bound_to : std::nullopt, start.reason});
  }
  launch_held_back();
}

void Dispatcher::carry_out(const StopInstance& stop) {
  const auto found = instances_.find(stop.instance);
  if (found == instances_.end() || found->second.state != State::kIdle) return;
  remove(stop.instance, found->second, stop.reason);
}

bool Dispatcher::waits(FunctionId function, RequestId request) const {
  const auto queue = waiting_.find(function);
  return queue != waiting_.end() && std::ranges::find(queue->second, request) != queue->second.end();
}

void Dispatcher::launch(const HeldStart& start) {
  const InstanceId id = ++last_instance_;
  Instance& instance = instances_[id];
  instance.function = start.function;
  if (start.bound_to) {
    std::erase(waiting_[start.function], *start.bound_to);
    instance.request = start.bound_to;
  }
  actions_.push_back(Launch{id, start.function, start.reason});
}

void Dispatcher::launch_held_back() {
  while (!held_.empty()) {
    const HeldStart start = held_.front();
    const bool served_meanwhile = start.bound_to && !waits(start.function, *start.bound_to);
    if (!served_meanwhile && instances_.size() >= max_instances_) break;
    held_.pop_front();
    if (!served_meanwhile) launch(start);
  }
  while (make_room()) {
  }
}

// One removal under way is enough for each start that waits.
bool Dispatcher::make_room() {
  const auto stopping = std::ranges::count_if(
      instances_, [](const auto& entry) { return entry.second.state == State::kStopping; });
  if (static_cast<std::size_t>(stopping) >= held_.size()) return false;
  auto longest = instances_.end();
  for (auto it = instances_.begin(); it != instances_.end(); ++it) {
    if (it->second.state != State::kIdle) continue;
    if (longest == instances_.end() || it->second.idle_since < longest->second.idle_since) longest = it;
  }
  if (longest == instances_.end()) return false;
  remove(longest->first, longest->second, "makes room at the limit of instances");
  return true;
}

// The one that was used last: the others can then expire.
std::optional<InstanceId> Dispatcher::latest_idle(FunctionId function) const {
  std::optional<InstanceId> latest;
  Time since{};
  for (const auto& [id, instance] : instances_) {
    if (instance.function != function || instance.state != State::kIdle) continue;
    if (latest && instance.idle_since < since) continue;
    latest = id;
    since = instance.idle_since;
  }
  return latest;
}

void Dispatcher::send(RequestId request, InstanceId id, Instance& instance, bool cold) {
  instance.state = State::kBusy;
  instance.request = request;
  actions_.push_back(Send{request, id, cold});
  notify(RequestStarted{request, instance.function, id});
}

void Dispatcher::becomes_idle(InstanceId id, Instance& instance) {
  instance.request.reset();
  instance.state = State::kIdle;
  instance.idle_since = now_;
  auto& queue = waiting_[instance.function];
  if (!queue.empty()) {
    const RequestId oldest = queue.front();
    queue.pop_front();
    send(oldest, id, instance, false);
  } else if (closed_) {
    remove(id, instance, "the run ends");
  }
  launch_held_back();
}

void Dispatcher::remove(InstanceId id, Instance& instance, std::string reason) {
  instance.state = State::kStopping;
  instance.request.reset();
  actions_.push_back(Remove{id, std::move(reason)});
  notify(InstanceStopping{id, instance.function});
}

Actions Dispatcher::request_arrived(Time now, RequestId request, FunctionId function) {
  now_ = now;
  if (closed_) {
    actions_.push_back(Refuse{request, "the run ends"});
    return take();
  }
  const std::optional<InstanceId> idle = latest_idle(function);
  if (!idle) waiting_[function].push_back(request);
  notify(RequestArrived{request, function, idle.has_value()});
  if (idle) send(request, *idle, instances_.at(*idle), false);
  return take();
}

Actions Dispatcher::request_ended(Time now, InstanceId id, bool reusable) {
  now_ = now;
  const auto found = instances_.find(id);
  if (found == instances_.end() || found->second.state != State::kBusy) return take();
  Instance& instance = found->second;
  notify(RequestEnded{*instance.request, instance.function, id});
  if (reusable) {
    becomes_idle(id, instance);
  } else {
    remove(id, instance, "broken");
  }
  return take();
}

Actions Dispatcher::instance_ready(Time now, InstanceId id) {
  now_ = now;
  const auto found = instances_.find(id);
  if (found == instances_.end() || found->second.state != State::kStarting) return take();
  Instance& instance = found->second;
  notify(InstanceReady{id, instance.function});
  if (instance.request) {
    send(*instance.request, id, instance, true);
  } else {
    becomes_idle(id, instance);
  }
  return take();
}

Actions Dispatcher::instance_failed(Time now, InstanceId id) {
  now_ = now;
  const auto found = instances_.find(id);
  if (found == instances_.end()) return take();
  const Instance instance = found->second;
  instances_.erase(found);
  if (instance.request) actions_.push_back(Refuse{*instance.request, "its instance did not start"});
  notify(InstanceFailed{id, instance.function});
  launch_held_back();
  return take();
}

Actions Dispatcher::instance_gone(Time now, InstanceId id) {
  now_ = now;
  const auto found = instances_.find(id);
  if (found == instances_.end()) return take();
  const FunctionId function = found->second.function;
  instances_.erase(found);
  notify(InstanceGone{id, function});
  launch_held_back();
  return take();
}

Actions Dispatcher::tick(Time now) {
  now_ = now;
  notify(Tick{});
  return take();
}

Actions Dispatcher::close(Time now) {
  now_ = now;
  closed_ = true;
  held_.clear();
  for (auto& [function, queue] : waiting_) {
    for (const RequestId request : queue) actions_.push_back(Refuse{request, "the run ends"});
    queue.clear();
  }
  for (auto& [id, instance] : instances_) {
    if (instance.state == State::kStarting && instance.request) {
      actions_.push_back(Refuse{*instance.request, "the run ends"});
      instance.request.reset();
    }
    if (instance.state == State::kIdle) remove(id, instance, "the run ends");
  }
  return take();
}

}  // namespace faastax::policy
