// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/export/metrics_exporter.hpp"

/// For the tests of this folder: totals to publish, a clock to set and a way to find a sample.
namespace faastax::exporting::testing {

struct ManualClock {
  TimePoint now{std::chrono::hours(1)};
  Clock clock() {
    return [this] { return now; };
  }
};

inline ledger::FunctionName function(std::string name, ledger::Track track = ledger::Track::kRegular) {
  return {"lab", std::move(name), track};
}

inline void handle(ledger::FunctionTotals& totals, double seconds) {
  totals.cpu.add(ledger::Activity::kHandle, ledger::Evidence::kDirect,
                 static_cast<ledger::Nanoseconds>(seconds * 1e9));
}

using Labels = std::map<std::string, std::string>;

/// The metric of that name whose labels include these.
inline std::optional<prometheus::ClientMetric> find(const std::vector<prometheus::MetricFamily>& families,
                                                    std::string_view name, const Labels& labels = {}) {
  for (const auto& family : families) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      std::size_t matches = 0;
      for (const auto& label : metric.label) {
        const auto wanted = labels.find(label.name);
        matches += wanted != labels.end() && wanted->second == label.value ? 1 : 0;
      }
      if (matches == labels.size()) return metric;
    }
  }
  return std::nullopt;
}

inline std::optional<double> counter(const std::vector<prometheus::MetricFamily>& families,
                                     std::string_view name, const Labels& labels = {}) {
  const auto metric = find(families, name, labels);
  return metric ? std::optional(metric->counter.value) : std::nullopt;
}

}  // namespace faastax::exporting::testing
