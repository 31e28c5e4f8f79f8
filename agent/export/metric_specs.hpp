// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_type.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// Every metric that the agent exposes: name, type, labels, unit and help. docs/metrics.md is made of it.
namespace faastax::exporting {

enum class Family : std::uint8_t {
  kCpu,
  kComponentCpu,
  kFunctionCpu,
  kCycles,
  kFunctionCycles,
  kOnlineCpus,
  kIdleCpu,
  kStealCpu,
  kResidualCpu,
  kUnsettledCpu,
  kInstances,
  kInstanceStarts,
  kInstanceEnds,
  kServedNone,
  kColdStart,
  kRequests,
  kRequestSeconds,
  kMemoryByteSeconds,
  kMemoryBytes,
  kMemoryReserved,
  kFunctionMemoryByteSeconds,
  kDyingCgroups,
  kAgentInfo,
  kBpfRuns,
  kBpfSeconds,
  kEdges,
  kLost,
  kRecords,
  kSpoolRecords,
  kSpoolBytes,
  kCollectorUp,
};
inline constexpr std::size_t kFamilies = 31;

/// What a metric is about: its first labels.
enum class Subject : std::uint8_t {
  kNode,       ///< no label
  kComponent,  ///< component
  kFunction,   ///< namespace, function, track
};

/// The labels that follow the subject's.
enum class Dimension : std::uint8_t {
  kNone,
  kActivity,
  kEvidence,
  kInstanceState,
  kMemoryState,
  kReason,
  kOutcome,
  kProgram,
  kKind,
  kDelivery,
};

struct MetricSpec {
  Family family;
  std::string_view name;
  std::string_view help;
  prometheus::MetricType type;
  Subject subject = Subject::kNode;
  Dimension first = Dimension::kNone;
  Dimension second = Dimension::kNone;
  double divisor = 1;  ///< what is kept, divided by this, is in the metric's unit (1e9: nanoseconds)
};

/// All metrics, in the order of Family.
std::span<const MetricSpec, kFamilies> metric_specs();
const MetricSpec& spec_of(Family family);

/// Upper bounds in seconds of the classic buckets, +Inf left out. Empty if it is no histogram.
std::span<const double> bucket_bounds(Family family);

std::string_view label_name(Dimension dimension);

/// Names of all labels in the order of exposition.
std::vector<std::string_view> label_names(const MetricSpec& spec);

}  // namespace faastax::exporting
