// SPDX-License-Identifier: Apache-2.0
#include "ledger/instance_table.hpp"

#include <algorithm>
#include <utility>

namespace faastax::ledger {
namespace {

constexpr Nanoseconds kJobAfter = 600'000'000'000;   // DESIGN §1, settling
constexpr Nanoseconds kRememberFor = 5'000'000'000;  // a `delete` may name what is gone already

double seconds_between(Nanoseconds from, Nanoseconds to) {
  return to > from ? static_cast<double>(to - from) / kNanosecondsPerSecond : 0;
}

// A rule may keep a part of the last folder's name (cri-containerd-{sandbox}.scope): that is no pod.
bool names_a_pod(const Identified& answer, const std::string& leaf) {
  return !answer.sandbox.empty() && !leaf.empty() && leaf.find(answer.sandbox) == leaf.npos;
}

}  // namespace

InstancePtr InstanceTable::by_cgroup(CgroupId cgroup) const {
  const auto found = by_cgroup_.find(cgroup);
  return found == by_cgroup_.end() ? nullptr : found->second;
}

InstancePtr InstanceTable::by_user_cgroup(CgroupId cgroup) const {
  InstancePtr instance = by_cgroup(cgroup);
  return instance && instance->is_pod && instance->cgroup != cgroup ? nullptr : instance;
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
  instance->reserved_until = time;
  if (!sandbox.empty()) by_sandbox_[sandbox] = instance;
  return instance;
}

InstancePtr InstanceTable::begin(const std::string& sandbox, Nanoseconds time) {
  InstancePtr instance = make(sandbox, time);
  operations_.begin_creation(instance);
  return instance;
}

InstancePtr InstanceTable::named(const std::string& sandbox, Nanoseconds time) {
  InstancePtr known = by_sandbox(sandbox);
  if (known && !known->is_over()) return known;
  return begin(sandbox, time);
}

InstancePtr InstanceTable::entering(CgroupId cgroup, const std::string& leaf, Nanoseconds time) {
  const auto answer = answers_.find(cgroup);
  const std::string& sandbox =
      answer != answers_.end() && !answer->second.sandbox.empty() ? answer->second.sandbox : leaf;
  const InstancePtr known = by_sandbox(sandbox);
  return known && known->cgroup == 0 && !known->is_over() ? known : begin(sandbox, time);
}

bool InstanceTable::is_in_pod(CgroupId cgroup, const std::string& leaf) const {
  const auto answer = answers_.find(cgroup);
  return answer != answers_.end() && names_a_pod(answer->second, leaf);
}

InstancePtr InstanceTable::pod_of(CgroupId cgroup, const std::string& leaf) const {
  if (!is_in_pod(cgroup, leaf)) return nullptr;
  InstancePtr known = by_sandbox(answers_.at(cgroup).sandbox);
  return known && known->is_pod && !known->is_over() ? known : nullptr;
}

void InstanceTable::enter_pod(const InstancePtr& pod, CgroupId cgroup, const std::string& leaf,
                              Nanoseconds time) {
  InstancePtr& named = by_sandbox_[leaf];
  if (named && named != pod && named->cgroup == 0 && !named->has_name && !named->is_over()) {
    books_.pass_on(*named, *pod);
    named->gone = time;
  }
  named = pod;
  pod->containers.push_back(leaf);
  by_cgroup_[cgroup] = pod;
  answers_.erase(cgroup);
}

void InstanceTable::count_start(Instance& instance) {
  if (instance.counted || instance.live_at_attach) return;
  instance.counted = true;
  ++books_.totals().started;
  if (instance.has_name) ++books_.of(instance.name).started;
}

void InstanceTable::enter(const InstancePtr& instance, CgroupId cgroup, Nanoseconds time) {
  instance->cgroup = cgroup;
  instance->reserved_until = time;
  by_cgroup_[cgroup] = instance;
  count_start(*instance);
  const auto answer = answers_.find(cgroup);
  if (answer == answers_.end()) return;
  take_answer(instance, answer->second);
  answers_.erase(answer);
}

void InstanceTable::take_answer(const InstancePtr& instance, const Identified& answer) {
  if (answer.requests_hidden) hide_requests(*instance);
  if (!answer.function.empty()) books_.name(*instance, {answer.space, answer.function, answer.track});
  if (answer.sandbox.empty()) return;
  instance->sandbox = answer.sandbox;
  by_sandbox_[instance->sandbox] = instance;
}

void InstanceTable::join(CgroupId cgroup, CgroupId parent) {
  if (InstancePtr instance = by_cgroup(parent)) by_cgroup_[cgroup] = std::move(instance);
}

void InstanceTable::identify(const Identified& answer) {
  if (!answer.live) {
    const InstancePtr known = by_cgroup(answer.cgroup);
    if (known && known->cgroup == answer.cgroup) {
      take_answer(known, answer);
    } else {
      answers_[answer.cgroup] = answer;
    }
    return;
  }
  const InstancePtr instance = make(answer.sandbox, answer.time);
  instance->live_at_attach = true;
  instance->cgroup = answer.cgroup;
  if (answer.phase != Phase::kBeforeExec) {
    instance->execed = answer.time;
  } else {
    operations_.begin_creation(instance);
  }
  by_cgroup_[answer.cgroup] = instance;
  books_.name(*instance, {answer.space, answer.function, answer.track});
  if (answer.requests_hidden) hide_requests(*instance);
  ++books_.totals().live_at_attach;
  if (answer.phase == Phase::kIdle || answer.phase == Phase::kBusy) {
    instance->settlement = Settlement::kServer;
    instance->state = InstanceState::kIdle;
  }
}

void InstanceTable::execute(Instance& instance, Nanoseconds time, const std::string& program) {
  instance.execed = time;
  if (!instance.has_name) books_.name(instance, {{}, program, Track::kUnknown});
}

void InstanceTable::execute_in_pod(Instance& instance, CgroupId cgroup, Nanoseconds time,
                                   const std::string& program) {
  if (instance.execed != 0 || removed_parts_.contains(cgroup)) return;
  instance.cgroup = cgroup;
  execute(instance, time, program);
}

void InstanceTable::become_ready(Instance& instance, Nanoseconds time) {
  if (instance.settlement == Settlement::kServer || instance.ready != 0 || instance.stopped != 0) return;
  if (instance.execed == 0) instance.execed = time;  // the edge of its exec was lost
  instance.ready = time;
  instance.state = InstanceState::kIdle;
  if (instance.settlement == Settlement::kOpen) books_.settle(instance, Settlement::kServer);
  if (instance.live_at_attach) return;
  function_of(instance).cold_start_seconds.add(seconds_between(instance.named, time));
}

void InstanceTable::settle_job(Instance& instance) {
  if (instance.settlement == Settlement::kOpen) books_.settle(instance, Settlement::kJob);
}

void InstanceTable::stop(Instance& instance, Nanoseconds time) {
  if (instance.stopped != 0) return;
  instance.stopped = time;
  operations_.begin_removal(instance.shared_from_this());
  instance.state = InstanceState::kStopping;
  if (instance.execed != 0) settle_job(instance);
}

void InstanceTable::hide_requests(Instance& instance) {
  if (std::exchange(instance.requests_hidden, true) || !instance.has_name) return;
  ++books_.of(instance.name).uncounted;
}

void InstanceTable::open_requests(Instance& instance, const RequestsOpen& requests) {
  instance.open_requests = requests.open;
  instance.in_flight_peak = std::max(instance.in_flight_peak, requests.peak);
  if (!instance.has_name) return;
  FunctionTotals& function = books_.of(instance.name);
  function.in_flight_peak = std::max(function.in_flight_peak, instance.in_flight_peak);
}

void InstanceTable::count_completed(Instance& instance, Nanoseconds start, Nanoseconds end) {
  FunctionTotals& function = function_of(instance);
  ++instance.requests;
  ++function.completed;
  const double seconds = seconds_between(start, end);
  instance.request_seconds.add(seconds);
  function.request_seconds.add(seconds);
}

void InstanceTable::end_request(Instance& instance, const RequestEnded& request) {
  if (request.probe) {
    ++instance.probes;
    ++function_of(instance).probes;
    return;
  }
  const bool first = instance.first_request == 0 || request.start < instance.first_request;
  if (first) instance.first_request = request.start;
  instance.last_request = std::max(instance.last_request, request.time);
  FunctionTotals& function = function_of(instance);
  if (request.aborted) {
    ++instance.aborted;
    ++function.aborted;
    return;
  }
  count_completed(instance, request.start, request.time);
  if (request.inferred) {
    ++instance.inferred_requests;
    ++function.inferred_requests;
  }
}

FunctionTotals& InstanceTable::function_of(Instance& instance) {
  if (!instance.has_name) books_.name(instance, {{}, "unknown", Track::kUnknown});
  return books_.of(instance.name);
}

void InstanceTable::read_memory(Instance& instance, const MemoryRead& read) {
  for (std::size_t state = 0; state < kInstanceStates; ++state) {
    const double grown = read.byte_seconds[state] - instance.memory_byte_seconds[state];
    books_.book_memory(instance, static_cast<InstanceState>(state), grown);
  }
  instance.memory_peak_bytes = std::max(instance.memory_peak_bytes, read.peak_bytes);
  if (instance.is_over()) return;
  instance.memory_bytes = read.bytes;
  instance.memory_limit_bytes = read.limit_bytes;
  books_.totals().reserved_byte_seconds +=
      seconds_between(instance.reserved_until, read.time) * static_cast<double>(read.limit_bytes);
  instance.reserved_until = std::max(instance.reserved_until, read.time);
}

void InstanceTable::finish(Instance& instance, Nanoseconds time) {
  if (instance.is_over()) return;
  stop(instance, time);
  instance.gone = time;
  instance.memory_bytes = 0;
  FunctionTotals& function = function_of(instance);
  if (instance.settlement == Settlement::kJob && !instance.create_failed && !instance.requests_hidden) {
    count_completed(instance, instance.execed, instance.stopped);
    instance.first_request = instance.execed;
    instance.last_request = instance.stopped;
  }
  if (instance.counted) {
    const bool counts = instance.settlement == Settlement::kServer && !instance.requests_hidden;
    if (counts && instance.requests == 0) ++function.served_none;
    ++function.ended[end_reason(instance)];
  }
  if (instance.create_failed) {
    ++books_.totals().create_failed;
  } else {
    ++books_.totals().stopped;
  }
  if (keep_ended_) ended_.push_back(instance.shared_from_this());
}

void InstanceTable::remove(CgroupId cgroup, Nanoseconds time) {
  answers_.erase(cgroup);
  const InstancePtr instance = by_cgroup(cgroup);
  if (!instance) return;
  if (instance->cgroup != cgroup) {
    removed_parts_[cgroup] = time;
    return;
  }
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
    if (instance->has_name) books_.of(instance->name);  // what lives is not forgotten
    const bool waits = instance->settlement == Settlement::kOpen && instance->execed != 0;
    if (waits && time > instance->execed + kJobAfter) settle_job(*instance);
  }
  const auto forgotten = [time](const auto& entry) {
    return entry.second->is_over() && time > entry.second->gone + kRememberFor;
  };
  std::erase_if(removed_parts_, [this, time](const auto& part) {
    if (time <= part.second + kRememberFor) return false;
    by_cgroup_.erase(part.first);
    return true;
  });
  std::erase_if(by_cgroup_, forgotten);
  operations_.forget(time);
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
