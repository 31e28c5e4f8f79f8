// SPDX-License-Identifier: Apache-2.0
#include "agent/export/series_book.hpp"

#include <array>
#include <span>

#include "agent/export/exposition.hpp"
#include "agent/export/label_text.hpp"

namespace faastax::exporting {
namespace {

const SubjectLabels kNodeLabels{};

SubjectLabels labels_of(const ledger::FunctionName& name) {
  return {Subject::kFunction,
          {label_text(name.space), label_text(name.function), std::string(ledger::name_of(name.track))}};
}

void grow(SubjectSeries& series, const std::vector<Reading>& amounts, TimePoint now) {
  for (const auto& [key, amount] : amounts) series.scalars[key].grow(amount, now);
}

}  // namespace

void SeriesBook::book(const ledger::Totals& totals, const Intake& intake, TimePoint now) {
  ++generation_;
  Gauges gauges;
  for (const auto& [name, cpu] : totals.components) book_component(name, cpu, now);
  for (const auto& [name, function] : totals.functions) book_function(name, function, gauges, now);
  set_gauges(gauges, now);
  Intake all = intake;
  all.losses["function_series"] += overflowed_functions_;
  all.losses["component_series"] += overflowed_components_;
  book_node(totals, all, now);
  forget_gone();
}

void SeriesBook::book_node(const ledger::Totals& totals, const Intake& intake, TimePoint now) {
  const auto readings = read_node(totals, intake, names_);
  auto& series = subjects_.place(kNodeLabels);
  for (const auto& [kind, lost] : intake.lost_before) {
    const SeriesKey key{Family::kLost, names_.id_of(kind)};
    series.scalars[key].begin_at(static_cast<double>(lost));
    growth(node_.counters[key], static_cast<double>(lost));
  }
  for (const auto& [key, value] : readings.counters) series.scalars[key].expose(now);
  grow(series, grown(node_, readings.counters), now);
  for (const auto& [key, value] : readings.gauges) {
    series.scalars[key].expose(now);
    series.scalars[key].set(value, now);
  }
}

void SeriesBook::book_component(const std::string& name, const ledger::CpuByActivity& cpu, TimePoint now) {
  auto& source = components_[name];
  source.generation = generation_;
  const auto amounts = grown(source, read_component(cpu).counters);
  if (amounts.empty()) return;
  grow(place({Subject::kComponent, {label_text(name), "", ""}}, source), amounts, now);
}

void SeriesBook::book_function(const ledger::FunctionName& name, const ledger::FunctionTotals& totals,
                               Gauges& gauges, TimePoint now) {
  auto& source = functions_[name];
  source.generation = generation_;
  const auto readings = read_function(totals, names_);
  const auto amounts = grown(source, readings.counters);
  const bool more_starts = totals.cold_start_seconds.count() > source.cold_start.count;
  const bool more_requests = totals.request_seconds.count() > source.requests.count;
  if (amounts.empty() && readings.gauges.empty() && !more_starts && !more_requests) return;
  auto& series = place(labels_of(name), source);
  grow(series, amounts, now);
  for (const auto& [key, value] : readings.gauges) gauges[&series][key] += value;
  if (more_starts) {
    const auto value = read_histogram(totals.cold_start_seconds, Family::kColdStart);
    series.histograms[{Family::kColdStart}].grow(growth(source.cold_start, value), now);
  }
  if (more_requests) {
    const auto value = read_histogram(totals.request_seconds, Family::kRequestSeconds);
    series.histograms[{Family::kRequestSeconds}].grow(growth(source.requests, value), now);
  }
}

std::vector<Reading> SeriesBook::grown(Source& source, const std::vector<Reading>& counters) {
  std::vector<Reading> amounts;
  for (const auto& [key, value] : counters) {
    if (const double amount = growth(source.counters[key], value); amount > 0)
      amounts.emplace_back(key, amount);
  }
  return amounts;
}

SubjectSeries& SeriesBook::place(const SubjectLabels& labels, Source& source) {
  auto& series = subjects_.place(labels);
  if (series.overflow && !source.overflowed) {
    ++(labels.subject == Subject::kFunction ? overflowed_functions_ : overflowed_components_);
  }
  source.overflowed = series.overflow;
  return series;
}

void SeriesBook::set_gauges(const Gauges& gauges, TimePoint now) {
  for (auto& [labels, subject] : subjects_.subjects()) {
    if (labels.subject != Subject::kFunction) continue;
    for (auto& [key, series] : subject.scalars) {
      if (spec_of(key.family).type != prometheus::MetricType::Gauge) continue;
      const auto known = gauges.find(&subject);
      if (known == gauges.end() || !known->second.contains(key)) series.set(0, now);
    }
  }
  for (const auto& [subject, values] : gauges) {
    for (const auto& [key, value] : values) subject->scalars[key].set(value, now);
  }
}

void SeriesBook::forget_gone() {
  const auto gone = [&](const auto& entry) { return entry.second.generation != generation_; };
  std::erase_if(components_, gone);
  std::erase_if(functions_, gone);
}

std::vector<prometheus::MetricFamily> SeriesBook::show(std::string_view scraper, TimePoint now) {
  const auto visit = scrapers_.visit(scraper, now, rules_.newcomer);
  subjects_.forget(visit.forgotten);
  subjects_.withdraw_stale(now, scrapers_.active(now, rules_.scraper_idle), rules_);
  Exposition exposition(names_);
  for (auto& [labels, subject] : subjects_.subjects()) {
    for (auto& [key, series] : subject.scalars) {
      if (series.exposed()) exposition.add(labels, key, series.show(visit.scraper, rules_));
    }
    for (auto& [key, series] : subject.histograms) {
      if (series.exposed()) exposition.add(labels, key, series.show(visit.scraper, rules_));
    }
  }
  return std::move(exposition).take();
}

}  // namespace faastax::exporting
