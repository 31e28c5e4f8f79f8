// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/report/document.hpp"
#include "cli/report/prometheus/questions.hpp"

namespace faastax::cli::prometheus {

/// When, in seconds since the Unix epoch.
struct TimeWindow {
  double start = 0;
  double end = 0;
  double step = 1;  ///< of the course
};

/// The report that the answers make. Percentiles are those of histograms: straight between two bounds, as
/// histogram_quantile() has them.
report::Document assemble(const Answers& answers, const TimeWindow& window);

}  // namespace faastax::cli::prometheus
