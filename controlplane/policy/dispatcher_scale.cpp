// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>
#include <utility>

#include "controlplane/policy/dispatcher.hpp"

/// What decisions do: starts, removals, starts held back at the limit, and repair.
namespace faastax::policy {
namespace {

// As an orchestrator does for a program that crashes at once, but bounded so that a node that comes back is
// in use again within seconds.
constexpr Time kFirstRepairDelay = std::chrono::milliseconds(500);
constexpr std::size_t kDoublings = 3;

Time repair_delay(std::size_t failed_starts) {
  if (failed_starts == 0) return Time{};
  return kFirstRepairDelay * (1U << std::min(failed_starts - 1, kDoublings));
}

}  // namespace

void Dispatcher::notify(const Event& event) {
  for (const Decision& decision : policy_->on(now_, event)) {
    std::visit([this](const auto& one) { carry_out(one); }, decision);
  }
}

DecisionId Dispatcher::decide(FunctionId function, Track track, std::size_t from, std::size_t to,
                              const std::string& reason) {
  actions_.emplace_back(Decided{++last_decision_, function, track, from, to, reason});
  return last_decision_;
}

std::size_t Dispatcher::provided(FunctionId function, Track track) const {
  const auto found = functions_.find(function);
  std::size_t count = 0;
  if (found != functions_.end()) {
    count = static_cast<std::size_t>(std::ranges::count_if(found->second.instances, [&](InstanceId id) {
      const Instance& instance = instances_.at(id);
      return instance.track == track && instance.state != State::kStopping && !instance.leaving;
    }));
  }
  return count + held_.count(function, track);
}

void Dispatcher::carry_out(const StartInstances& start) {
  if (closed_ || start.count == 0) return;
  functions_[start.function];
  const std::size_t from = provided(start.function, start.track);
  const DecisionId decision = decide(start.function, start.track, from, from + start.count, start.reason);
  if (start.track == Track::kRegular) functions_[start.function].scaled_by = decision;
  for (std::size_t i = 0; i < start.count; ++i) {
    hold(
        {start.function, i == 0 ? start.bound_to : std::nullopt, start.reason, start.track, decision, false});
  }
  launch_held_back();
}

void Dispatcher::carry_out(const StopInstance& stop) {
  const auto found = instances_.find(stop.instance);
  if (found == instances_.end()) return;
  Instance& instance = found->second;
  if (instance.state != State::kReady || !instance.in_flight.empty()) return;
  const std::size_t from = provided(instance.function, instance.track);
  const DecisionId decision =
      decide(instance.function, instance.track, from, from == 0 ? 0 : from - 1, stop.reason);
  remove(stop.instance, instance, stop.reason, decision);
}

void Dispatcher::carry_out(const SetScale& target) {
  if (closed_) return;
  const std::size_t now = provided(target.function, Track::kRegular);
  Function& function = functions_[target.function];
  const bool same = function.scale == target.count;
  function.scale = target.count;
  if (now < target.count) {
    if (!same)
      function.scaled_by = decide(target.function, Track::kRegular, now, target.count, target.reason);
    // While starts fail more of them wait for the delay as well.
    if (same || function.failed_starts > 0) {
      repair(target.function);
    } else {
      scale_up(target.function, target.count - now, target.reason);
    }
  } else if (now > target.count) {
    scale_down(target.function, now - target.count, target.reason);
  }
  launch_held_back();
}

// A start that was to be given up is the cheapest one.
void Dispatcher::scale_up(FunctionId id, std::size_t more, const std::string& reason) {
  Function& function = functions_[id];
  for (const InstanceId candidate : function.instances) {
    Instance& instance = instances_.at(candidate);
    if (more == 0) return;
    if (!instance.leaving || instance.state != State::kStarting) continue;
    instance.leaving = false;
    --more;
  }
  for (; more > 0; --more) {
    hold({id, std::nullopt, reason, Track::kRegular, function.scaled_by, false});
  }
}

std::optional<InstanceId> Dispatcher::least_missed(FunctionId function) const {
  // Not ready yet first, the newest of them; then by requests in flight; then the longest unused.
  using Rank = std::tuple<bool, std::size_t, Time, InstanceId>;
  std::optional<std::pair<Rank, InstanceId>> least;
  for (const InstanceId id : functions_.at(function).instances) {
    const Instance& instance = instances_.at(id);
    if (instance.track != Track::kRegular || instance.state == State::kStopping) continue;
    if (instance.leaving || instance.bound) continue;
    const bool ready = instance.state == State::kReady;
    const Rank rank{ready, instance.in_flight.size(), instance.last_used, ready ? id : ~id};
    if (!least || rank < least->first) least = {rank, id};
  }
  return least ? std::optional(least->second) : std::nullopt;
}

void Dispatcher::scale_down(FunctionId function, std::size_t fewer, const std::string& reason) {
  const std::size_t from = provided(function, Track::kRegular);
  for (; fewer > 0; --fewer) {
    const auto held = held_.first_unbound(function);
    if (!held) break;
    held_.take(*held);
  }
  std::vector<InstanceId> going;
  for (; fewer > 0; --fewer) {
    const auto id = least_missed(function);
    if (!id) break;
    instances_.at(*id).leaving = true;
    going.push_back(*id);
  }
  const std::size_t to = provided(function, Track::kRegular);
  if (to == from) return;
  const DecisionId decision = decide(function, Track::kRegular, from, to, reason);
  functions_[function].scaled_by = decision;
  for (const InstanceId id : going) leave(id, instances_.at(id), reason, decision);
}

void Dispatcher::repair(FunctionId id) {
  Function& function = functions_[id];
  if (closed_ || !function.scale || provided(id, Track::kRegular) >= *function.scale) return;
  if (!function.repair_at) function.repair_at = now_ + repair_delay(function.failed_starts);
  if (!next_repair_ || *function.repair_at < *next_repair_) next_repair_ = function.repair_at;
  repair_what_is_due();
}

void Dispatcher::repair_what_is_due() {
  if (!next_repair_ || *next_repair_ > now_) return;
  next_repair_.reset();
  for (auto& [id, function] : functions_) {
    if (!function.repair_at) continue;
    if (*function.repair_at > now_) {
      if (!next_repair_ || *function.repair_at < *next_repair_) next_repair_ = function.repair_at;
      continue;
    }
    function.repair_at.reset();
    for (std::size_t now = provided(id, Track::kRegular); now < function.scale.value_or(0); ++now) {
      hold({id, std::nullopt, "one was lost", Track::kRegular, function.scaled_by, true});
    }
  }
  launch_held_back();
}

std::optional<Time> Dispatcher::next_wake() const {
  const std::optional<Time> wake = policy_->next_wake();
  if (!next_repair_ || (wake && *wake < *next_repair_)) return wake;
  return next_repair_;
}

bool Dispatcher::waits(FunctionId function) const { return !functions_.at(function).waiting.empty(); }

// None for a request that was served meanwhile, or has one.
void Dispatcher::hold(HeldStart start, bool first) {
  Unserved* bound = nullptr;
  if (start.bound_to) {
    const auto found = unserved_.find(*start.bound_to);
    if (found == unserved_.end() || !found->second.place || found->second.held) return;
    bound = &found->second;
  }
  const auto place = first ? held_.push_front(std::move(start)) : held_.push_back(std::move(start));
  if (bound != nullptr) bound->held = place;
}

void Dispatcher::launch(const HeldStart& start) {
  const InstanceId id = ++last_instance_;
  Instance& instance = instances_[id];
  instance.function = start.function;
  instance.track = start.track;
  instance.decision = start.decision;
  instance.last_used = now_;
  Function& function = functions_[start.function];
  function.instances.insert(id);
  if (start.bound_to) {
    unserved_.at(*start.bound_to).held.reset();
    wait_no_more(*start.bound_to);
    instance.bound = start.bound_to;
  }
  actions_.emplace_back(Launch{id, start.function, start.reason, start.track, start.decision, start.repair});
}

// Starts that a request waits for come first, and only these push others out.
void Dispatcher::launch_held_back() {
  if (held_.empty()) return;
  const auto waits = [this](FunctionId function) { return this->waits(function); };
  while (!held_.empty() && instances_.size() < limits_.instances) {
    launch(held_.take(held_.first_wanted(waits).value_or(held_.first())));
  }
  const std::size_t wanted = held_.count_wanted(waits);
  while (make_room(wanted)) {
  }
}

// One removal under way is enough for each start that waits.
bool Dispatcher::make_room(std::size_t starts) {
  const auto stopping = std::ranges::count_if(
      instances_, [](const auto& entry) { return entry.second.state == State::kStopping; });
  if (static_cast<std::size_t>(stopping) >= starts) return false;
  auto longest = instances_.end();
  for (auto it = instances_.begin(); it != instances_.end(); ++it) {
    if (it->second.state != State::kReady || !it->second.in_flight.empty()) continue;
    if (longest == instances_.end() || it->second.last_used < longest->second.last_used) longest = it;
  }
  if (longest == instances_.end()) return false;
  remove(longest->first, longest->second, "makes room at the limit of instances");
  return true;
}

}  // namespace faastax::policy
