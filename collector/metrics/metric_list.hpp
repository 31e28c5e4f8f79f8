// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_type.h>

#include <cstdint>
#include <span>
#include <string_view>

/// Every metric that the collector exposes. docs/collector-metrics.md is made of it.
namespace faastax::collector {

enum class Metric : std::uint8_t {
  kRecords,
  kRefusedRecords,
  kBatches,
  kEvents,
  kEventRequests,
  kStreams,
  kWaitingBytes,
  kStoreSeconds,
  kStoreAvailable,
  kStoreFailures,
  kMaintenanceFailures,
  kReloadFailures,
  kSharedNames,
  kClockJumps,
  kNewerAgents,
  kInfo,
  kDecisions,
  kDelay,
};

struct MetricLine {
  Metric metric;
  std::string_view name;
  prometheus::MetricType type;
  std::string_view labels;  ///< names, with ", " between; empty: none
  std::string_view help;
};

/// In the order of Metric.
std::span<const MetricLine> metric_list();
const MetricLine& line_of(Metric metric);

/// Upper bounds in seconds, +Inf left out.
std::span<const double> store_seconds_bounds();
std::span<const double> delay_bounds();

}  // namespace faastax::collector
