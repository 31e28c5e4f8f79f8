// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "agent/base/result.hpp"

namespace faastax::join {

/// One period: how much was created, and what churn cost meanwhile. Any units, the same in all periods.
struct FitPoint {
  double x = 0;
  double y = 0;
};

/// An estimate and its 95% confidence interval.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// y = intercept + slope × x.
struct LineFit {
  std::size_t points = 0;
  Estimate intercept;       ///< the fixed part: what there is without any creation
  Estimate slope;           ///< what one creation more adds
  double r_squared = 0;     ///< share of y's variance that the line explains
  double residual_sd = 0;   ///< standard deviation about the line
  double intercept_sd = 0;  ///< standard errors
  double slope_sd = 0;
};

/// Ordinary least squares with intervals by Student's t for `n - 2` degrees of freedom (Draper and Smith,
/// Applied Regression Analysis, chapter 1), of points in the order of time. The error says why the data
/// cannot carry a fit: fewer than eight points, a value that is no number, x that hardly differs, one point
/// that alone decides the slope, residuals that bend (a quadratic term would be significant at 0.1%), or
/// residuals that follow each other (lag-one correlation above 0.5, where intervals would be far too narrow).
base::Result<LineFit> fit_line(std::span<const FitPoint> points);

/// The same of any three points that differ in x, whatever the residuals look like.
base::Result<LineFit> least_squares(std::span<const FitPoint> points);

/// What a node, or all nodes, did in one period.
struct ChurnPeriod {
  double seconds = 0;           ///< its length
  double creations = 0;         ///< instances that were started
  double overhead_seconds = 0;  ///< CPU of create, teardown and manage
};

/// The overhead of churn beside the rate of creations: the intercept is the fixed part, in CPUs, the slope
/// what a creation adds, in CPU seconds. Periods shorter than half of the median one are left out.
base::Result<LineFit> fit_churn(std::span<const ChurnPeriod> periods);

}  // namespace faastax::join
