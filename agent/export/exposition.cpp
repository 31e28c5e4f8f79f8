// SPDX-License-Identifier: Apache-2.0
#include "agent/export/exposition.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace faastax::exporting {

Exposition::Exposition(const Names& names) : names_(names) {
  for (const auto& spec : metric_specs()) {
    families_.push_back({std::string(spec.name), std::string(spec.help), spec.type, {}});
  }
}

prometheus::ClientMetric& Exposition::next(const SubjectLabels& subject, const SeriesKey& key) {
  const auto& spec = spec_of(key.family);
  auto& metric = families_[static_cast<std::size_t>(key.family)].metric.emplace_back();
  const auto add_label = [&](std::string_view name, std::string_view value) {
    metric.label.push_back({std::string(name), std::string(value)});
  };
  if (spec.subject == Subject::kComponent) add_label("component", subject.values[0]);
  if (spec.subject == Subject::kFunction) {
    add_label("namespace", subject.values[0]);
    add_label("function", subject.values[1]);
    add_label("track", subject.values[2]);
  }
  for (const auto& [dimension, index] :
       {std::pair{spec.first, key.first}, std::pair{spec.second, key.second}}) {
    if (dimension != Dimension::kNone)
      add_label(label_name(dimension), label_value(dimension, index, names_));
  }
  return metric;
}

void Exposition::add(const SubjectLabels& subject, const SeriesKey& key, double value) {
  const auto& spec = spec_of(key.family);
  auto& metric = next(subject, key);
  auto& target = spec.type == prometheus::MetricType::Gauge ? metric.gauge.value : metric.counter.value;
  target = value / spec.divisor;
}

void Exposition::add(const SubjectLabels& subject, const SeriesKey& key, const HistogramValue& value) {
  auto& histogram = next(subject, key).histogram;
  histogram.sample_count = value.count;
  histogram.sample_sum = value.sum;
  const auto bounds = bucket_bounds(key.family);
  for (std::size_t i = 0; i < bounds.size(); ++i) histogram.bucket.push_back({value.at_most[i], bounds[i]});
}

std::vector<prometheus::MetricFamily> Exposition::take() && {
  std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
  return std::move(families_);
}

}  // namespace faastax::exporting
