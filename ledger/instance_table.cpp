// SPDX-License-Identifier: Apache-2.0
#include "ledger/instance_table.hpp"

#include <algorithm>

namespace faastax::ledger {
namespace {

constexpr double kSecond = 1e9;
constexpr Nanoseconds kJobAfter = 600'000'000'000;     // DESIGN §1, settling
constexpr Nanoseconds kRememberFor = 10'000'000'000;  // a `delete` may name what is gone already

double seconds_between(Nanoseconds from, Nanoseconds to) {
  return to > from ? static_cast<double>(to - from) / kSecond : 0;
}

}  // namespace

InstancePtr InstanceTable::by_cgroup(CgroupId cgroup) const {
  const auto found = by_cgroup_.find(cgroup);
  return found == by_cgroup_.end() ? nullptr : found->second;
}

InstancePtr InstanceTable::by_sandbox(const std::string& sandbox) const {
  const auto found = by_sandbox_.find(sandbox);
  return found == by_sandbox_.end() ? nullptr : found->second;
}

InstancePtr InstanceTable::make(const std::string& sandbox, Nanoseconds time) {
  auto instance = std::make_shared<Instance>();
  instance->number = next_number_++;
  instance->sandbox = sandbox;
  instance->named = time;
  instance->memory_since = time;
  if (!sandbox.empty()) by_sandbox_[sandbox] = instance;
  return instance;
}

InstancePtr InstanceTable::named(const std::string& sandbox, Nanoseconds time) {
  InstancePtr known = by_sandbox(sandbox);
  if (known && !known->is_over()) return known;
  return make(sandbox, time);
}

void InstanceTable::count_start(Instance& instance) {
  if (instance.counted || instance.live_at_attach) return;
  instance.counted = true;
  ++books_.totals().started;
  if (instance.has_name) ++books_.of(instance.name).started;
}

void InstanceTable::enter(const InstancePtr& instance, CgroupId cgroup, Nanoseconds time) {
  instance->cgroup = cgroup;
  instance->memory_since = time;
  by_cgroup_[cgroup] = instance;
  count_start(*instance);
  const auto answer = answers_.find(cgroup);
  if (answer == answers_.end()) return;
  if (!answer->second.function.empty()) {
    books_.name(*instance, {answer->second.space, answer->second.function, answer->second.track});
  }
  if (!answer->second.sandbox.empty()) {
    instance->sandbox = answer->second.sandbox;
    by_sandbox_[instance->sandbox] = instance;
  }
  answers_.erase(answer);
}

void InstanceTable::join(CgroupId cgroup, CgroupId parent) {
  if (InstancePtr instance = by_cgroup(parent)) by_cgroup_[cgroup] = std::move(instance);
}

void InstanceTable::identify(const Identified& answer) {
  if (!answer.live) {
    answers_[answer.cgroup] = answer;
    return;
  }
  const InstancePtr instance = make(answer.sandbox, answer.time);
  instance->live_at_attach = true;
  instance->cgroup = answer.cgroup;
  instance->execed = answer.time;
  by_cgroup_[answer.cgroup] = instance;
  books_.name(*instance, {answer.space, answer.function, answer.track});
  ++books_.totals().live_at_attach;
  if (answer.phase == Phase::kIdle || answer.phase == Phase::kBusy) {
    instance->settlement = Settlement::kServer;
    instance->state = InstanceState::kIdle;
  }
}

void InstanceTable::execute(Instance& instance, Nanoseconds time, const std::string& program,
                            std::uint64_t memory_bytes) {
  instance.execed = time;
  if (!instance.has_name) books_.name(instance, {{}, program, Track::kUnknown});
  if (memory_bytes != 0) sample_memory(instance, time, memory_bytes);
}

void InstanceTable::become_ready(Instance& instance, Nanoseconds time) {
  if (instance.settlement != Settlement::kOpen) return;
  charge_memory(instance, time);
  instance.ready = time;
  instance.state = InstanceState::kIdle;
  books_.settle(instance, Settlement::kServer);
  if (instance.live_at_attach) return;
  books_.of(instance.name).cold_start_seconds.add(seconds_between(instance.named, time));
}

void InstanceTable::settle_job(Instance& instance) {
  if (instance.settlement == Settlement::kOpen) books_.settle(instance, Settlement::kJob);
}

void InstanceTable::stop(Instance& instance, Nanoseconds time) {
  if (instance.stopped != 0) return;
  charge_memory(instance, time);
  instance.stopped = time;
  instance.state = InstanceState::kStopping;
  if (instance.execed != 0) settle_job(instance);
}

void InstanceTable::end_request(Instance& instance, const RequestEnded& request) {
  FunctionTotals& function = books_.of(instance.name);
  // Overlapping requests count once. What was charged as idle meanwhile is taken from idle time to come,
  // since what is booked never shrinks.
  const Nanoseconds from = std::max({request.start, instance.busy_until, instance.ready});
  instance.busy_until = std::max(instance.busy_until, request.time);
  if (instance.state == InstanceState::kIdle) {
    const double busy = seconds_between(from, request.time) * static_cast<double>(instance.memory_bytes);
    books_.totals().memory_byte_seconds[index_of(InstanceState::kBusy)] += busy;
    function.memory_byte_seconds[index_of(InstanceState::kBusy)] += busy;
    instance.memory_booked_busy += busy;
  }
  charge_memory(instance, request.time);
  if (request.aborted) {
    ++instance.aborted;
    ++function.aborted;
    return;
  }
  ++instance.requests;
  ++function.completed;
  function.request_seconds.add(seconds_between(request.start, request.time));
}

void InstanceTable::charge_memory(Instance& instance, Nanoseconds time) {
  if (time <= instance.memory_since) return;
  double amount = seconds_between(instance.memory_since, time) * static_cast<double>(instance.memory_bytes);
  instance.memory_since = time;
  if (instance.state == InstanceState::kIdle) {
    const double booked = std::min(amount, instance.memory_booked_busy);
    instance.memory_booked_busy -= booked;
    amount -= booked;
  }
  if (amount <= 0) return;
  books_.totals().memory_byte_seconds[index_of(instance.state)] += amount;
  if (instance.has_name) books_.of(instance.name).memory_byte_seconds[index_of(instance.state)] += amount;
}

void InstanceTable::sample_memory(Instance& instance, Nanoseconds time, std::uint64_t bytes) {
  if (instance.is_over()) return;
  charge_memory(instance, time);
  instance.memory_bytes = bytes;
  instance.memory_peak_bytes = std::max(instance.memory_peak_bytes, bytes);
}

void InstanceTable::finish(Instance& instance, Nanoseconds time) {
  if (instance.is_over()) return;
  stop(instance, time);
  charge_memory(instance, time);
  instance.gone = time;
  instance.memory_bytes = 0;
  if (!instance.has_name) books_.name(instance, {{}, "unknown", Track::kUnknown});
  FunctionTotals& function = books_.of(instance.name);
  if (instance.settlement == Settlement::kJob && !instance.create_failed) {
    ++instance.requests;
    ++function.completed;
    function.request_seconds.add(seconds_between(instance.execed, instance.stopped));
  }
  if (instance.counted) {
    if (instance.settlement == Settlement::kServer && instance.requests == 0) ++function.served_none;
    ++function.ended[end_reason(instance)];
  }
  if (instance.create_failed) {
    ++books_.totals().create_failed;
  } else {
    ++books_.totals().stopped;
  }
  if (keep_ended_) ended_.push_back(by_cgroup_.contains(instance.cgroup) ? by_cgroup_[instance.cgroup]
                                                                           : by_sandbox(instance.sandbox));
}

void InstanceTable::remove(CgroupId cgroup, Nanoseconds time) {
  answers_.erase(cgroup);
  const InstancePtr instance = by_cgroup(cgroup);
  if (!instance || instance->cgroup != cgroup) return;
  if (instance->execed == 0 && instance->counted) instance->create_failed = true;
  finish(*instance, time);
}

void InstanceTable::fail(Instance& instance, Nanoseconds time) {
  if (instance.is_over() || instance.cgroup != 0) return;
  count_start(instance);
  instance.create_failed = true;
  finish(instance, time);
}

void InstanceTable::advance(Nanoseconds time) {
  for (const InstancePtr& instance : live()) {
    charge_memory(*instance, time);
    const bool waits = instance->settlement == Settlement::kOpen && instance->execed != 0;
    if (waits && time > instance->execed + kJobAfter) settle_job(*instance);
  }
  const auto forgotten = [time](const auto& entry) {
    return entry.second->is_over() && time > entry.second->gone + kRememberFor;
  };
  std::erase_if(by_cgroup_, forgotten);
  std::erase_if(by_sandbox_, forgotten);
}

std::vector<InstancePtr> InstanceTable::live() const {
  std::vector<InstancePtr> result;
  for (const auto& [cgroup, instance] : by_cgroup_) {
    if (instance->cgroup == cgroup && !instance->is_over()) result.push_back(instance);
  }
  std::ranges::sort(result, {}, &Instance::number);
  return result;
}

}  // namespace faastax::ledger
