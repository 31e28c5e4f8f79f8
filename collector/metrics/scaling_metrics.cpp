// SPDX-License-Identifier: Apache-2.0
#include "collector/metrics/scaling_metrics.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "agent/export/label_text.hpp"
#include "ledger/types.hpp"

namespace faastax::collector {
namespace {

using exporting::label_text;

/// Decisions whose instances may still become ready.
constexpr std::size_t kMostWanted = 50'000;
constexpr auto kOverflow = "_overflow";

std::string key_of(const std::string& source, const std::string& decision) {
  return source + '\n' + decision;
}

prometheus::MetricFamily family(Metric metric) {
  const auto& line = line_of(metric);
  return {std::string(line.name), std::string(line.help), line.type, {}};
}

}  // namespace

void ScalingMetrics::add(const scaling::ScalingEvent& event) {
  if (const auto* decision = std::get_if<scaling::Decision>(&event.data)) return decided(event, *decision);
  const auto* instance = std::get_if<scaling::Instance>(&event.data);
  if (instance != nullptr && instance->state == scaling::State::kReady) became_ready(event, *instance);
}

void ScalingMetrics::decided(const scaling::ScalingEvent& event, const scaling::Decision& decision) {
  const auto track = ledger::kTrackNames.at(static_cast<std::size_t>(decision.subject.track));
  Labels labels{label_text(decision.subject.space), label_text(decision.subject.function), std::string(track),
                label_text(decision.policy)};
  series_of(labels).decisions += 1;
  auto key = key_of(event.source, decision.decision_id);
  if (!wanted_.emplace(key, Wanted{event.time, std::move(labels)}).second) return;
  order_.push_back(std::move(key));
  if (order_.size() <= kMostWanted) return;
  wanted_.erase(order_.front());
  order_.pop_front();
}

void ScalingMetrics::became_ready(const scaling::ScalingEvent& event, const scaling::Instance& instance) {
  if (instance.reason != scaling::Reason::kDecision) return;  // its decision is long past
  const auto wanted = wanted_.find(key_of(event.source, instance.decision_id));
  if (wanted == wanted_.end()) return;
  const double seconds =
      std::max(0.0, std::chrono::duration<double>(event.time - wanted->second.time).count());
  Series& series = series_of(wanted->second.labels);
  const auto bounds = delay_bounds();
  for (std::size_t i = 0; i < bounds.size(); ++i) series.at_most[i] += seconds <= bounds[i] ? 1 : 0;
  ++series.delays;
  series.delay_sum += seconds;
}

ScalingMetrics::Series& ScalingMetrics::series_of(const Labels& labels) {
  const auto known = series_.find(labels);
  if (known != series_.end()) return known->second;
  Labels own = labels;
  if (series_.size() >= kMaxScalingSeries) own = {"", kOverflow, labels.track, ""};
  Series& made = series_[std::move(own)];
  if (made.at_most.empty()) made.at_most.resize(delay_bounds().size());
  return made;
}

std::vector<prometheus::MetricFamily> ScalingMetrics::collect() {
  auto decisions = family(Metric::kDecisions);
  auto delays = family(Metric::kDelay);
  for (auto& [labels, series] : series_) {
    const Series zero{.at_most = std::vector<std::uint64_t>(delay_bounds().size())};
    const Series& shown = std::exchange(series.shown, true) ? series : zero;
    prometheus::ClientMetric metric;
    metric.label = {{"namespace", labels.space},
                    {"function", labels.function},
                    {"track", labels.track},
                    {"policy", labels.policy}};
    auto delay = metric;
    metric.counter.value = shown.decisions;
    delay.histogram.sample_count = shown.delays;
    delay.histogram.sample_sum = shown.delay_sum;
    for (std::size_t i = 0; i < shown.at_most.size(); ++i) {
      delay.histogram.bucket.push_back({shown.at_most[i], delay_bounds()[i]});
    }
    decisions.metric.push_back(std::move(metric));
    delays.metric.push_back(std::move(delay));
  }
  if (series_.empty()) return {};
  return {std::move(decisions), std::move(delays)};
}

}  // namespace faastax::collector
