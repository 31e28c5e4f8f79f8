// SPDX-License-Identifier: Apache-2.0
#include "agent/export/metrics_doc.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <string_view>

#include "agent/export/metric_specs.hpp"
#include "agent/export/subject_table.hpp"
#include "ledger/types.hpp"

namespace faastax::exporting {
namespace {

constexpr std::string_view kIntroduction =
    "# Metrics of the agent\n\n"
    "Made by `faastax-metrics-doc` from `agent/export/metric_specs.cpp`; a test compares the two.\n\n"
    "`GET /metrics` answers in Prometheus' text format. `node`, `cluster` and `job` come from the scrape. No "
    "label carries a pid, a cgroup id or a container id.\n\n";

std::string_view type_name(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    case prometheus::MetricType::Histogram:
      return "histogram";
    default:
      return "untyped";
  }
}

std::string metric_table() {
  std::string table = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& spec : metric_specs()) {
    const auto labels = label_names(spec);
    table += fmt::format("| `{}` | {} | {} | {} |\n", spec.name, type_name(spec.type),
                         labels.empty() ? "–" : fmt::format("{}", fmt::join(labels, ", ")), spec.help);
  }
  return table;
}

std::string label_table() {
  return fmt::format(
      "\n## Labels\n\n| label | values |\n|---|---|\n"
      "| activity | {} |\n| evidence | {} |\n| track | {} |\n"
      "| state | {}; for memory of the node also overhead |\n"
      "| outcome | of requests completed, aborted; of records stored, refused |\n"
      "| reason | how an instance ended: exit, signal, oom, create_failed |\n"
      "| component | a part of the platform, `node`, `unattributed`, `overbooked` or `_overflow` |\n"
      "| kind | events that the kernel side had no room for, records that the spool had none for, "
      "function_series "
      "and component_series that were counted in `_overflow`, and what else the agent drops |\n\n"
      "Values are valid UTF-8 of at most 128 bytes: longer ones are cut, invalid bytes and control "
      "characters "
      "become U+FFFD.\n",
      fmt::join(ledger::kActivityNames, ", "), fmt::join(ledger::kEvidenceNames, ", "),
      fmt::join(ledger::kTrackNames, ", "), fmt::join(ledger::kInstanceStateNames, ", "));
}

std::string bucket_table() {
  std::string table = "\n## Buckets\n\n";
  for (const auto& spec : metric_specs()) {
    const auto bounds = bucket_bounds(spec.family);
    if (!bounds.empty()) table += fmt::format("- `{}`: {} s\n", spec.name, fmt::join(bounds, ", "));
  }
  return table;
}

std::string life_of_a_series() {
  const ExposureRules rules;
  const SeriesLimits limits;
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(rules.withdraw_after).count();
  return fmt::format(
      "\n## When a series comes and goes\n\n"
      "- A label set of a function or a component appears with its first value other than 0. A counter or "
      "histogram that appears is shown at 0 for one scrape, then with its value, so that `increase()` counts "
      "the first growth too. Each scraper, told apart by address and user agent, gets that 0.\n"
      "- It is withdrawn {} minutes after its last change, once every scraper that still comes has had its "
      "last "
      "value. A gauge stays while it is not 0. Series without namespace, function or component are always "
      "there.\n"
      "- A withdrawn series that grows again is shown for one scrape with the value that it had, then with "
      "the new "
      "one. The last values of {} functions and components are kept for that; one forgotten begins at 0, "
      "which "
      "`increase()` takes for a restart and counts right.\n"
      "- At most {} functions (by namespace, function and track) and {} components are exposed at a time. "
      "What "
      "others do meanwhile is summed in `function=\"_overflow\"` (by track) and `component=\"_overflow\"`, "
      "and "
      "`faastax_agent_lost_total` counts how many were sent there.\n",
      minutes, limits.remembered, limits.functions, limits.components);
}

}  // namespace

std::string metrics_document() {
  return std::string(kIntroduction) + metric_table() + label_table() + bucket_table() + life_of_a_series();
}

}  // namespace faastax::exporting
