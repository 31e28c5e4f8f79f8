// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "agent/export/series_book.hpp"

namespace faastax::exporting {

/// Labels of faastax_agent_info.
struct AgentInfo {
  std::string version;
  std::string kernel;
  std::string cgroup;        ///< "v2" or "hybrid"
  std::string cycle_source;  ///< "exact", "sampled", "derived" or "none"
};

using Clock = std::function<TimePoint()>;

struct ExporterOptions {
  ExposureRules rules;
  SeriesLimits limits;
  Clock clock = [] { return std::chrono::steady_clock::now(); };
};

/// The agent's /metrics. The run loop publishes the ledger's totals; any number of threads may scrape.
/// series.hpp says when a series is exposed and why, subject_table.hpp how many there can be.
class MetricsExporter final : public prometheus::Collectable {
 public:
  explicit MetricsExporter(const AgentInfo& info, ExporterOptions options = {});

  /// Takes over what has grown since the last time. Never waits: while a scrape is being collected it
  /// does nothing and returns false; the next one brings all the same.
  bool publish(const ledger::Totals& totals, const Intake& intake = {});

  /// What this scraper is to be shown now; counts as its scrape. `scraper` tells it from others, for
  /// instance by address and user agent.
  std::vector<prometheus::MetricFamily> collect(std::string_view scraper) const;

  /// The same as text in Prometheus' exposition format 0.0.4.
  std::string scrape(std::string_view scraper) const;

  /// For registries of prometheus-cpp, which do not say who asks.
  std::vector<prometheus::MetricFamily> Collect() const override { return collect(""); }

 private:
  const prometheus::MetricFamily info_;
  const Clock clock_;
  mutable std::mutex mutex_;  ///< guards book_, which showing changes; text is made outside
  mutable SeriesBook book_;
};

}  // namespace faastax::exporting
