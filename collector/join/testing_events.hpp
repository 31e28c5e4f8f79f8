// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "collector/join/observed.hpp"
#include "proto/scaling_event.hpp"

/// Writes down what a control plane tells, for the tests of the join.
namespace faastax::join::testing {

using ledger::Track;
using scaling::Reason;
using scaling::State;

inline scaling::UnixTime at(double seconds) {
  return scaling::UnixTime(std::chrono::seconds(1767225600)) +
         std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

class Story {
 public:
  explicit Story(std::string source = "lab/1") : source_(std::move(source)) {}

  Story& decides(double seconds, const std::string& id, std::uint64_t from, std::uint64_t to,
                 Track track = Track::kRegular, const std::string& of = "f") {
    return tell(seconds, id, scaling::Decision{id, {"lab", of, track}, policy, from, to, "because"});
  }
  Story& is(double seconds, const std::string& instance, State state, const std::string& decision,
            Track track = Track::kRegular, Reason reason = Reason::kDecision) {
    return tell(seconds, "i-" + std::to_string(events.size()),
                scaling::Instance{.decision_id = decision,
                                  .instance = instance,
                                  .node = "n1",
                                  .subject = {"lab", function, track},
                                  .state = state,
                                  .reason = reason,
                                  .placement_ms = std::nullopt,
                                  .stopped_by = {},
                                  .detail = {}});
  }
  /// From its start until it is gone.
  Story& lives(double from, double to, const std::string& instance, const std::string& decision,
               Track track = Track::kRegular, Reason reason = Reason::kDecision) {
    is(from, instance, State::kStarting, decision, track, reason);
    is(from + 0.1, instance, State::kReady, decision, track, reason);
    is(to - 0.1, instance, State::kStopping, decision, track, reason);
    return is(to, instance, State::kGone, decision, track, reason);
  }
  Story& held(double seconds, const std::string& instance, double ms, Track track = Track::kRegular) {
    return tell(seconds, "r-" + std::to_string(events.size()),
                scaling::Request{{"lab", function, track}, instance, ms, true});
  }

  std::string policy = "dual:60s";
  std::string function = "f";
  std::vector<scaling::ScalingEvent> events;

 private:
  template <typename Data>
  Story& tell(double seconds, std::string id, Data data) {
    events.push_back({source_, std::move(id), at(seconds), std::move(data)});
    return *this;
  }
  std::string source_;
};

/// An instance that used a second each to be created, a tenth to be initialised and torn down.
inline Observed seen(const std::string& sandbox, std::optional<double> created = {},
                     Track track = Track::kRegular, std::optional<std::uint64_t> requests = 3) {
  Observed one;
  one.uid = "uid-" + sandbox;
  one.sandbox = sandbox;
  one.space = "lab";
  one.function = "f";
  one.track = track;
  if (created) one.created = at(*created);
  one.cpu_seconds = {1.0, 0.1, 5.0, 0.01, 0.1, 0, 0, 0, 0};
  one.memory_byte_seconds = {100, 200, 400, 50};
  one.requests = requests;
  return one;
}

}  // namespace faastax::join::testing
