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

prometheus::ClientMetric::Histogram histogram_of(const exporting::HistogramValue& value) {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_count = value.count;
  histogram.sample_sum = value.sum;
  const auto bounds = delay_bounds();
  for (std::size_t i = 0; i < bounds.size(); ++i)
    histogram.bucket.push_back({value.at_most.at(i), bounds[i]});
  return histogram;
}

}  // namespace

void ScalingMetrics::add(const scaling::ScalingEvent& event, TimePoint now) {
  if (const auto* decision = std::get_if<scaling::Decision>(&event.data))
    return decided(event, *decision, now);
  const auto* instance = std::get_if<scaling::Instance>(&event.data);
  if (instance != nullptr && instance->state == scaling::State::kReady) became_ready(event, *instance, now);
}

void ScalingMetrics::decided(const scaling::ScalingEvent& event, const scaling::Decision& decision,
                             TimePoint now) {
  const auto track = ledger::kTrackNames.at(static_cast<std::size_t>(decision.subject.track));
  Labels labels{label_text(decision.subject.space), label_text(decision.subject.function), std::string(track),
                label_text(decision.policy)};
  Series& series = series_of(labels, now);
  series.decisions.grow(1, now);
  series.delays.expose(now);
  auto key = key_of(event.source, decision.decision_id);
  if (!wanted_.emplace(key, Wanted{event.time, std::move(labels)}).second) return;
  order_.push_back(std::move(key));
  if (order_.size() <= kMostWanted) return;
  wanted_.erase(order_.front());
  order_.pop_front();
}

void ScalingMetrics::became_ready(const scaling::ScalingEvent& event, const scaling::Instance& instance,
                                  TimePoint now) {
  if (instance.reason != scaling::Reason::kDecision) return;  // its decision is long past
  const auto wanted = wanted_.find(key_of(event.source, instance.decision_id));
  if (wanted == wanted_.end()) return;
  const double seconds =
      std::max(0.0, std::chrono::duration<double>(event.time - wanted->second.time).count());
  exporting::HistogramValue one{.count = 1, .sum = seconds};
  const auto bounds = delay_bounds();
  for (std::size_t i = 0; i < bounds.size(); ++i) one.at_most.at(i) = seconds <= bounds[i] ? 1 : 0;
  series_of(wanted->second.labels, now).delays.grow(one, now);
}

ScalingMetrics::Series& ScalingMetrics::series_of(const Labels& labels, TimePoint now) {
  auto known = series_.find(labels);
  if (known == series_.end()) {
    Labels own = labels;
    if (series_.size() >= kMaxScalingSeries && !make_room()) own = {"", kOverflow, labels.track, ""};
    known = series_.try_emplace(std::move(own)).first;
  }
  known->second.changed = now;
  return known->second;
}

/// Forgets the one that was withdrawn longest ago. False: all are shown.
bool ScalingMetrics::make_room() {
  auto oldest = series_.end();
  for (auto at = series_.begin(); at != series_.end(); ++at) {
    if (at->second.exposed()) continue;
    if (oldest == series_.end() || at->second.changed < oldest->second.changed) oldest = at;
  }
  if (oldest == series_.end()) return false;
  series_.erase(oldest);
  return true;
}

std::vector<prometheus::MetricFamily> ScalingMetrics::show(std::string_view scraper, TimePoint now) {
  const auto visit = scrapers_.visit(scraper, now, rules_.newcomer);
  const auto active = scrapers_.active(now, rules_.scraper_idle);
  auto decisions = family(Metric::kDecisions);
  auto delays = family(Metric::kDelay);
  for (auto& [labels, series] : series_) {
    series.decisions.forget(visit.forgotten);
    series.delays.forget(visit.forgotten);
    series.decisions.withdraw_if_stale(now, active, rules_);
    series.delays.withdraw_if_stale(now, active, rules_);
    prometheus::ClientMetric metric;
    metric.label = {{"namespace", labels.space},
                    {"function", labels.function},
                    {"track", labels.track},
                    {"policy", labels.policy}};
    if (series.delays.exposed()) {
      delays.metric.push_back(metric);
      delays.metric.back().histogram = histogram_of(series.delays.show(visit.scraper, rules_));
    }
    if (!series.decisions.exposed()) continue;
    metric.counter.value = series.decisions.show(visit.scraper, rules_);
    decisions.metric.push_back(std::move(metric));
  }
  std::vector<prometheus::MetricFamily> families;
  for (auto* one : {&decisions, &delays}) {
    if (!one->metric.empty()) families.push_back(std::move(*one));
  }
  return families;
}

}  // namespace faastax::collector
