// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/rules.hpp"

#include <algorithm>
#include <utility>

namespace faastax::rules {
namespace {

using ledger::Activity;
using ledger::Program;
using ledger::Track;

constexpr std::string_view kWorkerPrefix = "kworker:";

Track track_named(std::string_view name) {
  const auto found = std::ranges::find(ledger::kTrackNames, name);
  return found == ledger::kTrackNames.end() ? Track::kUnknown
                                            : static_cast<Track>(found - ledger::kTrackNames.begin());
}

std::string_view leaf_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

/// systemd has "_" for "-" in the names of slices, where "-" separates levels.
std::string dashed(std::string_view uid) {
  std::string text(uid);
  std::ranges::replace(text, '_', '-');
  return text;
}

CgroupIdentity identity_from(const CgroupRule& rule, const PathPattern& pattern, const PathFields& fields,
                             std::string_view path) {
  const auto field = [&fields](PathField which) { return fields[static_cast<std::size_t>(which)]; };
  const auto or_else = [](std::string_view found, const std::string& fallback) {
    return found.empty() ? fallback : std::string(found);
  };
  CgroupIdentity identity;
  identity.pod = dashed(field(PathField::kPod));
  identity.is_pod = pattern.keeps(PathField::kPod) && !pattern.keeps(PathField::kSandbox);
  identity.sandbox =
      identity.is_pod ? identity.pod : or_else(field(PathField::kSandbox), std::string(leaf_of(path)));
  identity.space = or_else(field(PathField::kSpace), rule.space);
  identity.function = or_else(field(PathField::kFunction), rule.function);
  identity.track = pattern.keeps(PathField::kTrack) ? track_named(field(PathField::kTrack)) : rule.track;
  identity.hides_requests = rule.hides_requests;
  return identity;
}

struct Verdict {
  bool excluded = false;
  CgroupIdentity identity;
};

std::optional<Verdict> judge(const std::vector<CgroupRule>& rules, std::string_view path) {
  for (const CgroupRule& rule : rules) {
    for (const PathPattern& pattern : rule.patterns) {
      if (const auto fields = pattern.match(path)) {
        return Verdict{rule.exclude, identity_from(rule, pattern, *fields, path)};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Activity class_activity(Program program) {
  switch (program) {
    case Program::kRuntime:
    case Program::kShim:
    case Program::kClient:
    case Program::kCni:
    case Program::kDaemon:
    case Program::kSpawner:
      return Activity::kManage;
    case Program::kSelf:
      return Activity::kObserve;
    case Program::kTool:
    case Program::kOther:
      break;
  }
  return Activity::kOther;
}

Rules::Rules(RuleSet set) {
  set.programs.for_each([&](const std::string& name, bool prefix, const ProgramRule& from) {
    ProgramRule rule = from;
    const Activity* named = set.components.find(rule.component);
    rule.activity = named != nullptr ? *named : class_activity(rule.program);
    const bool* apportioned = set.apportioned.find(rule.component);
    rule.apportioned = apportioned != nullptr && *apportioned;
    set_.programs.set(prefix ? name + '*' : name, rule);
    if (name.size() > kCommBytes) cut_programs_.set(name.substr(0, kCommBytes), rule);
  });
  set_.components = std::move(set.components);
  set_.work = std::move(set.work);
  set_.apportioned = std::move(set.apportioned);
  set_.cgroups = std::move(set.cgroups);
  set_.probes = std::move(set.probes);
}

const ProgramRule& Rules::program_of(std::string_view comm) const {
  static const ProgramRule kUnlisted;
  const ProgramRule* rule = set_.programs.find(comm);
  if (rule == nullptr && comm.size() == kCommBytes) rule = cut_programs_.find(comm);
  return rule != nullptr ? *rule : kUnlisted;
}

std::vector<ProgramEntry> Rules::all_programs() const {
  std::vector<ProgramEntry> entries;
  set_.programs.for_each([&entries](const std::string& name, bool prefix, const ProgramRule& rule) {
    entries.push_back({.comm = name.substr(0, kCommBytes), .prefix = prefix, .rule = rule});
  });
  return entries;
}

std::optional<CgroupIdentity> Rules::identify(std::string_view cgroup_path) const {
  auto verdict = judge(set_.cgroups, cgroup_path);
  if (!verdict || verdict->excluded) return std::nullopt;
  return std::move(verdict->identity);
}

std::optional<EnclosingSandbox> Rules::sandbox_of(std::string_view cgroup_path) const {
  std::optional<EnclosingSandbox> enclosing;
  // Without a leading slash it is no cgroup's path, and cutting it would never reach its root.
  if (!cgroup_path.starts_with('/')) return std::nullopt;
  for (std::string_view path = cgroup_path; path.size() > 1; path = path.substr(0, path.find_last_of('/'))) {
    auto verdict = judge(set_.cgroups, path);
    if (!verdict) continue;
    if (verdict->excluded) return std::nullopt;
    const bool is_pod = verdict->identity.is_pod;
    enclosing = EnclosingSandbox{std::string(path), std::move(verdict->identity)};
    if (is_pod) break;
  }
  return enclosing;
}

WorkRule Rules::work_of(std::string_view symbol) const {
  WorkRule rule{.component = std::string(kWorkerPrefix).append(symbol)};
  if (const Activity* activity = set_.work.find(symbol)) rule.activity = *activity;
  const bool* apportioned = set_.apportioned.find(rule.component);
  rule.apportioned = apportioned != nullptr && *apportioned;
  return rule;
}

}  // namespace faastax::rules
