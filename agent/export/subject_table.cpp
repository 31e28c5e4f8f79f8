// SPDX-License-Identifier: Apache-2.0
#include "agent/export/subject_table.hpp"

#include <algorithm>
#include <vector>

namespace faastax::exporting {
namespace {

/// The track is kept: there are three, and a sum by track then stays right.
SubjectLabels overflow_of(const SubjectLabels& labels) {
  SubjectLabels overflow{labels.subject, {"_overflow", "", ""}};
  if (labels.subject == Subject::kFunction) overflow.values = {"_overflow", "_overflow", labels.values[2]};
  return overflow;
}

/// What has no outside names can only be so many, and is always there. A gauge that is not 0 says what
/// is now, however long it has been so.
bool may_leave(Subject subject, const SeriesKey& key, const Series<double>& series) {
  if (subject == Subject::kNode) return false;
  return spec_of(key.family).type != prometheus::MetricType::Gauge || series.value() == 0;
}

bool any_exposed(const SubjectSeries& subject) {
  const auto exposed = [](const auto& entry) { return entry.second.exposed(); };
  return std::ranges::any_of(subject.scalars, exposed) || std::ranges::any_of(subject.histograms, exposed);
}

}  // namespace

std::size_t& SubjectTable::taken(Subject subject) {
  if (subject == Subject::kFunction) return functions_;
  return subject == Subject::kComponent ? components_ : nodes_;
}

std::size_t SubjectTable::limit(Subject subject) const {
  if (subject == Subject::kFunction) return limits_.functions;
  return subject == Subject::kComponent ? limits_.components : 1;
}

SubjectSeries& SubjectTable::place(const SubjectLabels& labels) {
  auto at = subjects_.find(labels);
  if (at != subjects_.end() && (at->second.placed || at->second.overflow)) return at->second;
  if (taken(labels.subject) >= limit(labels.subject)) {
    auto& overflow = subjects_[overflow_of(labels)];
    overflow.overflow = true;
    return overflow;
  }
  if (at == subjects_.end()) at = subjects_.try_emplace(labels).first;
  at->second.placed = true;
  ++taken(labels.subject);
  return at->second;
}

void SubjectTable::withdraw_stale(TimePoint now, ScraperSet active, const ExposureRules& rules) {
  for (auto& [labels, subject] : subjects_) {
    for (auto& [key, series] : subject.scalars) {
      if (may_leave(labels.subject, key, series)) series.withdraw_if_stale(now, active, rules);
    }
    for (auto& [key, series] : subject.histograms) series.withdraw_if_stale(now, active, rules);
    if (!subject.placed || any_exposed(subject)) continue;
    subject.placed = false;
    subject.left = now;
    --taken(labels.subject);
  }
  forget_oldest();
}

void SubjectTable::forget_oldest() {
  std::vector<Subjects::iterator> away;
  for (auto at = subjects_.begin(); at != subjects_.end(); ++at) {
    if (!at->second.placed && !at->second.overflow) away.push_back(at);
  }
  if (away.size() <= limits_.remembered) return;
  const auto keep = away.begin() + static_cast<std::ptrdiff_t>(away.size() - limits_.remembered);
  std::ranges::nth_element(away, keep, {}, [](const auto& at) { return at->second.left; });
  std::for_each(away.begin(), keep, [&](const auto& at) { subjects_.erase(at); });
}

void SubjectTable::forget(ScraperSet scrapers) {
  if (scrapers == 0) return;
  for (auto& [labels, subject] : subjects_) {
    for (auto& [key, series] : subject.scalars) series.forget(scrapers);
    for (auto& [key, series] : subject.histograms) series.forget(scrapers);
  }
}

}  // namespace faastax::exporting
