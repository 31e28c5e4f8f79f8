// SPDX-License-Identifier: Apache-2.0
#include "collector/metrics/collector_metrics_doc.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "collector/events/event_inbox.hpp"
#include "collector/ingest/record_check.hpp"
#include "collector/metrics/metric_list.hpp"
#include "collector/metrics/scaling_metrics.hpp"

namespace faastax::collector {
namespace {

std::string_view name_of(prometheus::MetricType type) {
  if (type == prometheus::MetricType::Counter) return "counter";
  return type == prometheus::MetricType::Gauge ? "gauge" : "histogram";
}

template <typename Kind>
std::string names(std::size_t many) {
  std::string text;
  for (std::size_t i = 0; i < many; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", collector::name_of(static_cast<Kind>(i)));
  }
  return text;
}

}  // namespace

std::string metrics_document() {
  std::string text =
      "# Metrics of the collector\n\n"
      "Made by `faastax-collector-metrics-doc` from `collector/metrics/metric_list.cpp`; a test compares the "
      "two.\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& line : metric_list()) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", line.name, name_of(line.type),
                        line.labels.empty() ? "–" : line.labels, line.help);
  }
  text += fmt::format(
      "\n## Labels\n\n| label | values |\n|---|---|\n"
      "| outcome of records and events | new, replaced (an older snapshot), repeated (stored before), "
      "refused |\n"
      "| outcome of batches | taken, refused |\n| outcome of requests | {} |\n| reason | {} |\n"
      "| policy | as the control plane names it |\n",
      names<Delivery>(kDeliveries), names<Refusal>(kRefusals));
  text += fmt::format(
      "\n`faastax_scaling_*`: a new label set is shown at 0 for one scrape, then with its value, so that "
      "`increase()` counts the first growth too. At most {} label sets; what else comes is summed in "
      "`function=\"_overflow\"`. An event that is sent again counts once.\n\n## Buckets\n\n"
      "- `{}`: {} s\n- `{}`: {} s\n",
      kMaxScalingSeries, line_of(Metric::kStoreSeconds).name, fmt::join(store_seconds_bounds(), ", "),
      line_of(Metric::kDelay).name, fmt::join(delay_bounds(), ", "));
  return text;
}

}  // namespace faastax::collector
