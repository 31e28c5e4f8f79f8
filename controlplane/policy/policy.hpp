// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Scaling policies: events in, decisions out. No I/O, no clock, no randomness: the same events give the
/// same decisions, in the lab against real sandboxes and in a simulator.
namespace faastax::policy {

/// Time since the run began. Only the caller knows whether it is real or simulated.
using Time = std::chrono::nanoseconds;
using FunctionId = std::uint32_t;
using RequestId = std::uint64_t;
using InstanceId = std::uint64_t;

/// How an instance is made and lives. Regular: by the cluster manager, for any number of requests.
/// Emergency: by the node's own agent, for one request, then gone (PulseNet, arXiv 2505.24551).
enum class Track : std::uint8_t { kRegular, kEmergency };
constexpr std::string_view to_string(Track track) {
  return track == Track::kRegular ? "regular" : "emergency";
}

/// From now on requests for this function can come.
struct FunctionDeployed {
  FunctionId function = 0;
};
/// A request came. `placed`: an instance with a free slot took it at once (RequestStarted follows).
struct RequestArrived {
  RequestId request = 0;
  FunctionId function = 0;
  bool placed = false;
};
struct RequestStarted {
  RequestId request = 0;
  FunctionId function = 0;
  InstanceId instance = 0;
  Track track = Track::kRegular;
};
struct RequestEnded {
  RequestId request = 0;
  FunctionId function = 0;
  InstanceId instance = 0;
  Track track = Track::kRegular;
};
/// It never started: refused, or its client went away.
struct RequestRefused {
  RequestId request = 0;
  FunctionId function = 0;
};
/// The instance listens. It is idle now, unless RequestStarted follows at the same time.
struct InstanceReady {
  InstanceId instance = 0;
  FunctionId function = 0;
  Track track = Track::kRegular;
};
/// The instance's start failed; it never was ready.
struct InstanceFailed {
  InstanceId instance = 0;
  FunctionId function = 0;
  Track track = Track::kRegular;
};
/// The instance is being removed, by whomever: it takes no more requests.
struct InstanceStopping {
  InstanceId instance = 0;
  FunctionId function = 0;
  Track track = Track::kRegular;
};
/// The instance and all that belonged to it is removed.
struct InstanceGone {
  InstanceId instance = 0;
  FunctionId function = 0;
  Track track = Track::kRegular;
};
/// Time passed; sent at Policy::next_wake() at the latest.
struct Tick {};

using Event = std::variant<FunctionDeployed, RequestArrived, RequestStarted, RequestEnded, RequestRefused,
                           InstanceReady, InstanceFailed, InstanceStopping, InstanceGone, Tick>;

/// Start `count` more instances. With `bound_to`, the first of them serves that waiting request and no other
/// instance does; without, whichever instance is idle first takes the oldest waiting request. An emergency
/// instance is always bound.
struct StartInstances {
  FunctionId function = 0;
  std::size_t count = 1;
  std::optional<RequestId> bound_to;
  std::string reason;
  Track track = Track::kRegular;
};
/// Remove this instance if it is idle; a busy one is left alone.
struct StopInstance {
  InstanceId instance = 0;
  std::string reason;
};
/// The function is to have `count` regular instances from now on. Missing ones are started, also later when
/// one is lost; of too many, those go first that are not ready yet, then the longest idle, then busy ones
/// as soon as their requests are answered. An instance to which a request is bound stays.
struct SetScale {
  FunctionId function = 0;
  std::size_t count = 0;
  std::string reason;
};
using Decision = std::variant<StartInstances, StopInstance, SetScale>;
using Decisions = std::vector<Decision>;

/// A policy decides for all functions of one control plane. Times given to it never go backwards.
class Policy {
 public:
  virtual ~Policy() = default;

  /// Its name on the command line and in records.
  virtual std::string_view name() const = 0;

  /// What is to be done about this event.
  virtual Decisions on(Time now, const Event& event) = 0;

  /// When it wants a Tick at the latest; absent: only events can move it.
  virtual std::optional<Time> next_wake() const = 0;
};

}  // namespace faastax::policy
