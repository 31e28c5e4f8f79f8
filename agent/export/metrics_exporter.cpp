// SPDX-License-Identifier: Apache-2.0
#include "agent/export/metrics_exporter.hpp"

#include <prometheus/text_serializer.h>

#include "agent/export/label_text.hpp"

namespace faastax::exporting {
namespace {

prometheus::MetricFamily family_of(const AgentInfo& info) {
  const auto& spec = spec_of(Family::kAgentInfo);
  const auto names = label_names(spec);
  prometheus::ClientMetric metric;
  metric.gauge.value = 1;
  std::size_t i = 0;
  for (const auto* value : {&info.version, &info.kernel, &info.cgroup, &info.cycle_source}) {
    metric.label.push_back({std::string(names[i++]), label_text(*value)});
  }
  return {std::string(spec.name), std::string(spec.help), spec.type, {metric}};
}

}  // namespace

MetricsExporter::MetricsExporter(const AgentInfo& info, ExporterOptions options)
    : info_(family_of(info)), clock_(std::move(options.clock)), book_(options.rules, options.limits) {}

bool MetricsExporter::publish(const ledger::Totals& totals, const Intake& intake) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) book_.book(totals, intake, clock_());
  return lock.owns_lock();
}

std::vector<prometheus::MetricFamily> MetricsExporter::collect(std::string_view scraper) const {
  std::vector<prometheus::MetricFamily> families;
  {
    const std::lock_guard lock(mutex_);
    families = book_.show(scraper, clock_());
  }
  families.push_back(info_);
  return families;
}

std::string MetricsExporter::scrape(std::string_view scraper) const {
  return prometheus::TextSerializer().Serialize(collect(scraper));
}

}  // namespace faastax::exporting
