// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "agent/export/readings.hpp"
#include "agent/export/series.hpp"
#include "agent/export/subject_table.hpp"

namespace faastax::exporting {

/// Puts values into prometheus-cpp's families.
class Exposition {
 public:
  explicit Exposition(const Names& names);

  void add(const SubjectLabels& subject, const SeriesKey& key, double value);
  void add(const SubjectLabels& subject, const SeriesKey& key, const HistogramValue& value);

  /// Those with at least one series, in the order of Family.
  std::vector<prometheus::MetricFamily> take() &&;

 private:
  prometheus::ClientMetric& next(const SubjectLabels& subject, const SeriesKey& key);

  const Names& names_;
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace faastax::exporting
