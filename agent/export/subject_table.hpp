// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/container/flat_map.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "agent/export/metric_specs.hpp"
#include "agent/export/readings.hpp"
#include "agent/export/series.hpp"

namespace faastax::exporting {

/// How many label sets there may be.
struct SeriesLimits {
  std::size_t functions = 1000;   ///< (namespace, function, track) exposed at a time
  std::size_t components = 256;   ///< exposed at a time
  std::size_t remembered = 4000;  ///< withdrawn ones whose last values are kept
};

/// Labels of a subject, ready for exposition: {}, {component} or {namespace, function, track}.
struct SubjectLabels {
  Subject subject = Subject::kNode;
  std::array<std::string, 3> values;
  auto operator<=>(const SubjectLabels&) const = default;
};

/// All series of one subject.
struct SubjectSeries {
  boost::container::flat_map<SeriesKey, Series<double>> scalars;
  boost::container::flat_map<SeriesKey, Series<HistogramValue>> histograms;
  bool overflow = false;  ///< stands for all those that found no place
  bool placed = false;    ///< takes one of the places of its kind
  TimePoint left{};       ///< when it last gave its place back
};

/// The subjects that are exposed or remembered, within the limits.
///
/// A subject has a place from its first reading until its last series is withdrawn. While there is none
/// left, what others do is counted in the series of `_overflow`, function by function and moment by
/// moment: what was counted there stays there, a place found later counts from then on.
///
/// Of subjects without a place the last values are remembered, so that they go on from there when they
/// come back. The one away longest is forgotten first; it begins at 0 again, shown as such for one
/// scrape, which increase() takes for a restart and counts right.
class SubjectTable {
 public:
  using Subjects = std::map<SubjectLabels, SubjectSeries>;

  explicit SubjectTable(SeriesLimits limits) : limits_(limits) {}

  /// The series that a reading of this subject counts in: its own, or those of the overflow.
  SubjectSeries& place(const SubjectLabels& labels);

  /// Withdraws the series that are due and forgets the subjects that are too many.
  void withdraw_stale(TimePoint now, ScraperSet active, const ExposureRules& rules);

  void forget(ScraperSet scrapers);

  Subjects& subjects() { return subjects_; }

 private:
  std::size_t& taken(Subject subject);
  std::size_t limit(Subject subject) const;
  void forget_oldest();

  const SeriesLimits limits_;
  Subjects subjects_;
  std::size_t functions_ = 0;
  std::size_t components_ = 0;
  std::size_t nodes_ = 0;
};

}  // namespace faastax::exporting
