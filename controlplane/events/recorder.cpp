// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/recorder.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "agent/base/printable.hpp"

namespace faastax::events {
namespace {

/// Decisions whose starts may still be held back; of older ones no placement time is told.
constexpr std::size_t kDecisionsKept = 10'000;

std::string decision_name(policy::DecisionId decision) {
  return decision == 0 ? "" : fmt::format("d-{}", decision);
}

ledger::Track track_of(policy::Track track) {
  return track == policy::Track::kEmergency ? ledger::Track::kEmergency : ledger::Track::kRegular;
}

double milliseconds_of(policy::Time time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// A reason may quote what another program printed: one line of it.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, base::is_control, ' ');
  if (text.size() > scaling::kMaxText) {
    std::size_t end = scaling::kMaxText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    text.resize(end);
  }
  return text;
}

}  // namespace

Recorder::Recorder(RecorderOptions options, Sink sink)
    : options_(std::move(options)), sink_(std::move(sink)) {}

scaling::Subject Recorder::subject(policy::FunctionId function, policy::Track track) const {
  const RecorderOptions::Function& named = options_.functions.at(function);
  return {named.space, named.name, track_of(track)};
}

scaling::Instance Recorder::state(const gateway::SeenInstance& instance, scaling::State state) const {
  const policy::Launch& launch = instance.launch;
  return {.decision_id = decision_name(launch.decision),
          .instance = instance.name,
          .node = instance.node,
          .subject = subject(launch.function, launch.track),
          .state = state,
          .reason = launch.repair ? scaling::Reason::kRepair : scaling::Reason::kDecision,
          .placement_ms = std::nullopt,
          .stopped_by = {},
          .detail = {}};
}

std::string Recorder::next_id(char kind) { return fmt::format("{}-{}", kind, ++last_id_); }

template <typename Data>
void Recorder::tell(policy::Time now, std::string id, Data data) {
  sink_({options_.source, std::move(id), begin_ + now, std::move(data)});
}

void Recorder::decided(policy::Time now, const policy::Decided& decided) {
  decided_at_.emplace(decided.decision, now);
  if (decided_at_.size() > kDecisionsKept) decided_at_.erase(decided_at_.begin());
  std::string name = decision_name(decided.decision);
  tell(now, name,
       scaling::Decision{.decision_id = name,
                         .subject = subject(decided.function, decided.track),
                         .policy = options_.policy,
                         .from = decided.from,
                         .to = decided.to,
                         .reason = one_line(decided.reason)});
}

void Recorder::launched(policy::Time now, const gateway::SeenInstance& instance) {
  scaling::Instance data = state(instance, scaling::State::kStarting);
  const auto decided = decided_at_.find(instance.launch.decision);
  // What it replaces was placed by that decision, not this one.
  if (decided != decided_at_.end() && !instance.launch.repair)
    data.placement_ms = milliseconds_of(now - decided->second);
  tell(now, next_id('i'), std::move(data));
}

void Recorder::ready(policy::Time now, const gateway::SeenInstance& instance, policy::Time) {
  tell(now, next_id('i'), state(instance, scaling::State::kReady));
}

void Recorder::failed(policy::Time now, const gateway::SeenInstance& instance, const std::string& reason) {
  scaling::Instance data = state(instance, scaling::State::kGone);
  data.detail = one_line(reason);
  tell(now, next_id('i'), std::move(data));
}

void Recorder::stopping(policy::Time now, const gateway::SeenInstance& instance,
                        const policy::Remove& remove) {
  scaling::Instance data = state(instance, scaling::State::kStopping);
  data.stopped_by = decision_name(remove.decision);
  data.detail = one_line(remove.reason);
  tell(now, next_id('i'), std::move(data));
}

void Recorder::gone(policy::Time now, const gateway::SeenInstance& instance, const std::string& reason) {
  scaling::Instance data = state(instance, scaling::State::kGone);
  data.detail = one_line(reason);
  tell(now, next_id('i'), std::move(data));
}

void Recorder::sent(policy::FunctionId function, const gateway::Sent& sent, const std::string& instance) {
  if (!sent.held) return;
  tell(sent.at, next_id('r'),
       scaling::Request{.subject = subject(function, sent.send.track),
                        .instance = instance,
                        .queued_ms = milliseconds_of(sent.waited),
                        .excessive = true});
}

std::string source_of_run(std::string_view kind, scaling::UnixTime now) {
  std::random_device random;
  return fmt::format("{}/{:%Y%m%dT%H%M%S}Z-{:08x}", kind, std::chrono::floor<std::chrono::seconds>(now),
                     random());
}

}  // namespace faastax::events
