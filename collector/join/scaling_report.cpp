// SPDX-License-Identifier: Apache-2.0
#include "collector/join/scaling_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ledger/distribution.hpp"

namespace faastax::join {
namespace {

using ledger::Activity;
using ledger::Distribution;
using ledger::index_of;
using ledger::InstanceState;
using ledger::ScalingGroup;

constexpr std::size_t kMostUps = 1000;
constexpr std::size_t kMostProblems = 20;

ledger::Percentiles percentiles(const Distribution& of) { return {of.quantile(0.5), of.quantile(0.99)}; }

const Observed* seen(const Join& join, const Told& told) {
  return told.observed ? &join.observed[*told.observed] : nullptr;
}

bool served_none(const Join& join, const Told& told) {
  const Observed* const as = seen(join, told);
  return as != nullptr && as->counts_requests && !told.failed() && as->requests == 0;
}

double churn_seconds(const Observed& of) {
  return of.cpu_seconds[index_of(Activity::kCreate)] + of.cpu_seconds[index_of(Activity::kInit)] +
         of.cpu_seconds[index_of(Activity::kTeardown)];
}

double idle_byte_seconds(const Observed& of) {
  double sum = 0;
  for (const double of_state : of.memory_byte_seconds) sum += of_state;
  return sum - of.memory_byte_seconds[index_of(InstanceState::kBusy)];
}

/// What one decision started, as far as the profiler saw it. `observed`: of how many instances.
struct Cost {
  std::size_t observed = 0;
  std::uint64_t served_none = 0;
  std::uint64_t requests = 0;
  double churn_seconds = 0;
  double idle_seconds = 0;
  double idle_byte_seconds = 0;
};

Cost cost_of(const Join& join, const Decided& decision) {
  Cost cost;
  for (const Index i : decision.instances) {
    const Told& told = join.instances[i];
    const Observed* const as = seen(join, told);
    if (as == nullptr) continue;
    ++cost.observed;
    cost.served_none += served_none(join, told) ? 1 : 0;
    cost.requests += as->requests.value_or(0);
    cost.churn_seconds += churn_seconds(*as);
    cost.idle_seconds += as->cpu_seconds[index_of(Activity::kIdle)];
    cost.idle_byte_seconds += idle_byte_seconds(*as);
  }
  return cost;
}

/// A group while it is filled.
struct Filling {
  ScalingGroup figures;
  Distribution scale_ups;
  Distribution delays;
};

class Grouping {
 public:
  Grouping(const Join& join, const std::set<Dimension>& dimensions) : join_(join), dimensions_(dimensions) {}

  std::vector<Group> groups() {
    for (const Decided& decision : join_.decisions) add(decision);
    for (const Told& told : join_.instances) {
      if (told.starting) add(told);
    }
    for (const Held& held : join_.requests) add(held);
    std::vector<Group> result;
    for (auto& [key, filling] : groups_) {
      filling.figures.policy = key.policy;
      filling.figures.track = key.track;
      filling.figures.scale_up_seconds = percentiles(filling.scale_ups);
      filling.figures.delay_seconds = percentiles(filling.delays);
      result.push_back({key, filling.figures});
    }
    return result;
  }

 private:
  Filling& group(const std::string& policy, const scaling::Subject& subject, const std::string& node) {
    GroupKey key;
    if (dimensions_.contains(Dimension::kPolicy)) key.policy = policy;
    if (dimensions_.contains(Dimension::kTrack)) key.track = subject.track;
    if (dimensions_.contains(Dimension::kFunction)) {
      key.space = subject.space;
      key.function = subject.function;
    }
    if (dimensions_.contains(Dimension::kNode)) key.node = node;
    return groups_[key];
  }

  std::string policy_of(const Told& told) const {
    return told.decision ? join_.decisions[*told.decision].data.policy : "";
  }

  void add(const Decided& decision) {
    if (!decision.counts) return;
    const std::string node =
        decision.instances.empty() ? "" : join_.instances[decision.instances.front()].data.node;
    Filling& to = group(decision.data.policy, decision.data.subject, node);
    ++to.figures.decisions;
    to.figures.scale_ups += decision.up() ? 1 : 0;
    const Cost cost = cost_of(join_, decision);
    if (cost.observed > 0) to.scale_ups.add(cost.churn_seconds);
  }

  void add(const Told& told) {
    ScalingGroup& to = group(policy_of(told), told.data.subject, told.data.node).figures;
    ++to.instances;
    to.repairs += told.repair() ? 1 : 0;
    to.failed += told.failed() ? 1 : 0;
    to.served_none += served_none(join_, told) ? 1 : 0;
    const Observed* const as = seen(join_, told);
    if (as == nullptr) return;
    to.requests += as->requests.value_or(0);
    for (std::size_t i = 0; i < ledger::kActivities; ++i) to.cpu_seconds[i] += as->cpu_seconds[i];
    for (std::size_t i = 0; i < ledger::kInstanceStates; ++i)
      to.memory_byte_seconds[i] += as->memory_byte_seconds[i];
  }

  // Of a request whose instance is not among the events nobody knows the policy.
  void add(const Held& held) {
    const Told* const told = held.instance ? &join_.instances[*held.instance] : nullptr;
    Filling& to = group(told != nullptr ? policy_of(*told) : "", held.data.subject,
                        told != nullptr ? told->data.node : "");
    ++to.figures.held_requests;
    to.delays.add(held.data.queued_ms / 1e3);
  }

  const Join& join_;
  const std::set<Dimension>& dimensions_;
  std::map<GroupKey, Filling> groups_;
};

class Problems {
 public:
  explicit Problems(std::vector<std::string>& to) : to_(to) {}
  void add(std::string what) {
    if (to_.size() < kMostProblems) to_.push_back(std::move(what));
  }

 private:
  std::vector<std::string>& to_;
};

void add_instances(const Join& join, ledger::ScalingReport& report) {
  Problems problems(report.problems);
  ledger::ScalingInstances& to = report.instances;
  for (const Told& told : join.instances) {
    if (!told.starting) continue;
    if (told.repair()) {
      ++to.repairs;
    } else if (told.decision) {
      ++to.by_decision;
    } else {
      ++to.undecided;
      problems.add(fmt::format("instance {}: no decision wanted it", told.data.instance));
    }
    if (told.mismatch) {
      ++to.mismatched;
      problems.add(*told.mismatch);
    }
    to.failed += told.failed() ? 1 : 0;
    report.served_none += served_none(join, told) ? 1 : 0;
    if (told.observed || told.failed()) continue;
    ++to.unobserved;
    problems.add(fmt::format("instance {}: the profiler did not see it", told.data.instance));
  }
  for (const Index i : join.undecided) {
    ++to.undecided;
    problems.add(fmt::format("instance {}: the control plane did not tell of it", join.observed[i].sandbox));
  }
  to.duplicates = join.duplicates.size();
  for (const std::string& duplicate : join.duplicates) problems.add(duplicate);
}

void add_decisions(const Join& join, ledger::ScalingReport& report) {
  Distribution costs;
  for (const Decided& decision : join.decisions) {
    if (!decision.counts) continue;
    ++report.decisions;
    report.scale_ups += decision.up() ? 1 : 0;
    report.scale_downs += decision.data.to < decision.data.from ? 1 : 0;
    if (decision.up() && decision.instances.empty()) ++report.without_instances;
    const Cost cost = cost_of(join, decision);
    if (cost.observed == 0) continue;
    costs.add(cost.churn_seconds);
    if (report.ups.size() >= kMostUps) {
      ++report.ups_left_out;
      continue;
    }
    report.ups.push_back({.decision = decision.data.decision_id,
                          .policy = decision.data.policy,
                          .space = decision.data.subject.space,
                          .function = decision.data.subject.function,
                          .track = decision.data.subject.track,
                          .time = scaling::to_rfc3339(decision.time),
                          .instances = decision.instances.size(),
                          .served_none = cost.served_none,
                          .requests = cost.requests,
                          .churn_seconds = cost.churn_seconds,
                          .idle_seconds = cost.idle_seconds,
                          .idle_byte_seconds = cost.idle_byte_seconds});
  }
  report.scale_up_seconds = percentiles(costs);
}

}  // namespace

std::vector<Group> group_by(const Join& join, const std::set<Dimension>& dimensions) {
  return Grouping(join, dimensions).groups();
}

ledger::ScalingReport scaling_report(const Join& join) {
  ledger::ScalingReport report;
  add_decisions(join, report);
  add_instances(join, report);
  Distribution delays;
  for (const Held& held : join.requests) delays.add(held.data.queued_ms / 1e3);
  report.held_requests = join.requests.size();
  report.delay_seconds = percentiles(delays);
  for (Group& group : group_by(join, {Dimension::kPolicy, Dimension::kTrack}))
    report.groups.push_back(std::move(group.figures));
  return report;
}

ledger::ChurnLine churn_line(std::span<const ChurnPeriod> periods) {
  ledger::ChurnLine line;
  const auto fit = fit_churn(periods);
  if (!fit) {
    line.refused = fit.error();
    line.periods = periods.size();
    return line;
  }
  const auto interval = [](const Estimate& of) { return ledger::Interval{of.value, of.low, of.high}; };
  line.periods = fit->points;
  line.fixed_cpus = interval(fit->intercept);
  line.creation_seconds = interval(fit->slope);
  line.r_squared = fit->r_squared;
  return line;
}

}  // namespace faastax::join
