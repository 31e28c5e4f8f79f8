// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/percentiles.hpp"
#include "ledger/types.hpp"

/// What scaling decisions cost: `scaling` of a report, where a control plane told its decisions.
namespace faastax::ledger {

/// Instances that a control plane started, by what they came from and whether the profiler saw them too.
struct ScalingInstances {
  std::uint64_t by_decision = 0;
  std::uint64_t repairs = 0;     ///< in place of one that was lost
  std::uint64_t undecided = 0;   ///< the profiler saw them start, or the control plane told of them, and no
                                 ///< decision wanted them
  std::uint64_t unobserved = 0;  ///< the control plane says that they ran, the profiler saw none
  std::uint64_t failed = 0;      ///< of the started: they never were ready
  std::uint64_t mismatched = 0;  ///< of another track or function than the decision says
  std::uint64_t duplicates = 0;  ///< started more than once, or by more than one decision
};

/// The scale-ups and instances of one policy and track.
struct ScalingGroup {
  std::string policy;
  Track track = Track::kUnknown;
  std::uint64_t decisions = 0;
  std::uint64_t scale_ups = 0;
  std::uint64_t instances = 0;  ///< started, repairs included
  std::uint64_t repairs = 0;
  std::uint64_t failed = 0;
  std::uint64_t served_none = 0;
  std::uint64_t requests = 0;                     ///< completed by them
  std::array<double, kActivities> cpu_seconds{};  ///< of them and on their behalf
  ByteSeconds memory_byte_seconds{};
  Percentiles scale_up_seconds;     ///< CPU to create, initialise and tear down what one decision started
  std::uint64_t held_requests = 0;  ///< sent to them after they had waited
  Percentiles delay_seconds;        ///< how long those waited
};

/// A decision that started instances, and what these cost.
struct ScaleUp {
  std::string decision;
  std::string policy;
  std::string space;  ///< namespace
  std::string function;
  Track track = Track::kUnknown;
  std::string time;  ///< RFC 3339
  std::uint64_t instances = 0;
  std::uint64_t served_none = 0;
  std::uint64_t requests = 0;
  double churn_seconds = 0;      ///< CPU of create, init and teardown
  double idle_seconds = 0;       ///< CPU
  double idle_byte_seconds = 0;  ///< memory while starting, idle or stopping
};

/// An estimate and its 95% confidence interval.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// The CPU of create, teardown and manage beside the rate of creations, over periods: a straight line.
struct ChurnLine {
  std::string refused;        ///< why there is no line; empty: there is one
  std::uint64_t periods = 0;  ///< that it was fitted to
  Interval fixed_cpus;        ///< at no creation at all
  Interval creation_seconds;  ///< what one creation adds
  double r_squared = 0;
};

struct ScalingReport {
  std::uint64_t decisions = 0;
  std::uint64_t scale_ups = 0;
  std::uint64_t scale_downs = 0;
  std::uint64_t without_instances = 0;  ///< scale-ups that started none: an instance became free sooner
  ScalingInstances instances;
  std::uint64_t served_none = 0;
  Percentiles scale_up_seconds;
  std::uint64_t held_requests = 0;
  Percentiles delay_seconds;
  std::vector<ScalingGroup> groups;  ///< by policy and track
  std::vector<ScaleUp> ups;          ///< in the order of time, the first thousand
  std::uint64_t ups_left_out = 0;
  std::uint64_t events_lost = 0;      ///< that the control plane could not hand over
  std::optional<ChurnLine> churn;     ///< where periods were kept
  std::vector<std::string> problems;  ///< what does not fit together, the first twenty, each with its name
};

}  // namespace faastax::ledger
