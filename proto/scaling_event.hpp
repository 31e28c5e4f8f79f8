// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/result.hpp"
#include "ledger/types.hpp"
#include "proto/rfc3339.hpp"

/// What a control plane decided and what became of it, as CloudEvents 1.0.
namespace faastax::scaling {

/// Of whom an event tells.
struct Subject {
  std::string space;  ///< namespace
  std::string function;
  ledger::Track track = ledger::Track::kUnknown;
  bool operator==(const Subject&) const = default;
};

/// "dev.faastax.scaling.decision.v1": the number of a function's instances is to change.
struct Decision {
  std::string decision_id;  ///< unique within the source
  Subject subject;
  std::string policy;
  std::uint64_t from = 0;  ///< instances of that function and track
  std::uint64_t to = 0;
  std::string reason;
  bool operator==(const Decision&) const = default;
};

enum class State : std::uint8_t { kStarting, kReady, kStopping, kGone };
enum class Reason : std::uint8_t {
  kDecision,
  kRepair,  ///< in place of one that was lost, or that did not start
};

/// "dev.faastax.scaling.instance.v1": an instance came into this state. Gone without ready or stopping: its
/// start failed.
struct Instance {
  std::string decision_id;  ///< that wanted it, or the lost one that it replaces; empty: none is known
  std::string instance;     ///< its container or sandbox id, or the leaf name of its cgroup
  std::string node;
  Subject subject;
  State state = State::kStarting;
  Reason reason = Reason::kDecision;
  std::optional<double> placement_ms;  ///< from the decision to the start's beginning
  std::string stopped_by;              ///< when stopping: the decision that ended it; empty: none
  std::string detail;                  ///< why it stops, or did not start; for people
  bool operator==(const Instance&) const = default;
};

/// "dev.faastax.scaling.request.v1": a request was sent to an instance after it was held.
struct Request {
  Subject subject;
  std::string instance;
  double queued_ms = 0;    ///< from its arrival at the control plane until it was sent
  bool excessive = false;  ///< no instance had a free slot when it came
  bool operator==(const Request&) const = default;
};

struct ScalingEvent {
  std::string source;  ///< the control plane, a URI reference
  std::string id;      ///< unique within the source
  UnixTime time{};
  std::variant<Decision, Instance, Request> data;
  bool operator==(const ScalingEvent&) const = default;
};

inline constexpr std::string_view kEventMediaType = "application/cloudevents+json";
inline constexpr std::string_view kBatchMediaType = "application/cloudevents-batch+json";

std::string_view name_of(State state);
std::string_view name_of(Reason reason);
/// The CloudEvents type.
std::string_view type_of(const ScalingEvent& event);

/// In one line without its end, in structured mode. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const ScalingEvent& event);
/// In batched mode.
std::string to_json(std::span<const ScalingEvent> events);

/// Reads one event in structured mode. Attributes and fields that are not known are ignored; one that is
/// missing, of the wrong type, empty, longer than kMaxText bytes or with control characters is an error of
/// one line that names its path, such as `data.from`.
base::Result<ScalingEvent> event_from_json(std::string_view json);
/// Reads a batch: all of it or, with an error that names the place in the batch, nothing.
base::Result<std::vector<ScalingEvent>> events_from_json(std::string_view json);
inline constexpr std::size_t kMaxText = 1024;

/// A request's header by its name in lower case; absent: it has none.
using HeaderOf = std::function<std::optional<std::string>(std::string_view name)>;
/// What came in one HTTP request, in the mode that its headers say: structured, batched or binary.
base::Result<std::vector<ScalingEvent>> events_from_http(const HeaderOf& header, std::string_view body);

}  // namespace faastax::scaling
