// SPDX-License-Identifier: Apache-2.0
#include "collector/join/line_fit.hpp"

#include <fmt/format.h>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace faastax::join {
namespace {

constexpr std::size_t kFewest = 8;
constexpr std::size_t kFewestRates = 3;
constexpr double kLeastSpread = 0.02;     // standard deviation of x, of its mean
constexpr double kMostLeverage = 0.8;     // of one point on its own fitted value
constexpr double kBends = 0.001;          // chance of so large a quadratic term where there is none
constexpr double kMostCorrelation = 0.5;  // of successive residuals: intervals 1.7 times too narrow
constexpr double kSignificant = 2.6;      // standard errors of that correlation
constexpr double kExact = 1e-12;          // residuals of so small a share of y's are rounding

/// Sums about the means: those about zero would lose the digits that matter.
struct Moments {
  double n = 0;
  double mean_x = 0;
  double mean_y = 0;
  double xx = 0;
  double xy = 0;
  double yy = 0;
};

Moments moments_of(std::span<const FitPoint> points) {
  Moments m;
  m.n = static_cast<double>(points.size());
  for (const auto& [x, y] : points) {
    m.mean_x += x / m.n;
    m.mean_y += y / m.n;
  }
  for (const auto& [x, y] : points) {
    m.xx += (x - m.mean_x) * (x - m.mean_x);
    m.xy += (x - m.mean_x) * (y - m.mean_y);
    m.yy += (y - m.mean_y) * (y - m.mean_y);
  }
  return m;
}

std::vector<double> residuals_of(std::span<const FitPoint> points, const Moments& m) {
  std::vector<double> residuals;
  for (const auto& [x, y] : points) residuals.push_back((y - m.mean_y) - m.xy / m.xx * (x - m.mean_x));
  return residuals;
}

double sum_of_squares(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

double student_t(double probability, double degrees) {
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

Estimate estimate(double value, double deviation, double t) {
  return {value, value - t * deviation, value + t * deviation};
}

/// Whether a quadratic term would explain more of the residuals than chance does.
bool bends(std::span<const FitPoint> points, const Moments& m, const std::vector<double>& residuals) {
  // What of (x - mean)² is neither constant nor a multiple of x.
  double cubes = 0;
  for (const auto& [x, y] : points) cubes += std::pow(x - m.mean_x, 3);
  double qq = 0;
  double qe = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double d = points[i].x - m.mean_x;
    const double q = d * d - m.xx / m.n - cubes / m.xx * d;
    qq += q * q;
    qe += q * residuals[i];
  }
  if (qq <= kExact * m.xx * m.xx) return false;
  const double explained = qe * qe / qq;
  const double degrees = m.n - 3;
  const double rest = std::max(sum_of_squares(residuals) - explained, 0.0) / degrees;
  const double t = student_t(1 - kBends / 2, degrees);
  return explained > t * t * rest;
}

double lag_one_correlation(const std::vector<double>& residuals) {
  double products = 0;
  for (std::size_t i = 1; i < residuals.size(); ++i) products += residuals[i] * residuals[i - 1];
  return products / sum_of_squares(residuals);
}

base::Result<void> check_x(std::span<const FitPoint> points) {
  if (points.size() < kFewest)
    return base::failure(fmt::format("{} periods are too few; {} are needed", points.size(), kFewest));
  std::set<double> rates;
  for (const auto& [x, y] : points) {
    if (!std::isfinite(x) || !std::isfinite(y))
      return base::failure("a period has a value that is no number");
    rates.insert(x);
  }
  const Moments m = moments_of(points);
  const double spread = std::sqrt(m.xx / (m.n - 1));
  if (rates.size() < kFewestRates || spread < kLeastSpread * std::abs(m.mean_x)) {
    return base::failure(
        fmt::format("the rate of creations hardly differs ({} different ones, {:.3g} about {:.3g})",
                    rates.size(), spread, m.mean_x));
  }
  for (const auto& [x, y] : points) {
    const double leverage = 1 / m.n + (x - m.mean_x) * (x - m.mean_x) / m.xx;
    if (leverage > kMostLeverage)
      return base::failure("one period alone decides the slope: the others have nearly the same rate");
  }
  return {};
}

base::Result<void> check_residuals(std::span<const FitPoint> points) {
  const Moments m = moments_of(points);
  const auto residuals = residuals_of(points, m);
  if (sum_of_squares(residuals) <= kExact * m.yy) return {};
  if (bends(points, m, residuals))
    return base::failure("the cost does not grow in a straight line with the rate of creations");
  const double correlation = lag_one_correlation(residuals);
  if (correlation > kMostCorrelation && correlation * std::sqrt(m.n) > kSignificant) {
    return base::failure(
        fmt::format("successive periods are too alike (correlation {:.2f}): something else moved the cost; "
                    "longer periods "
                    "may do",
                    correlation));
  }
  return {};
}

}  // namespace

base::Result<LineFit> least_squares(std::span<const FitPoint> points) {
  if (points.size() < 3) return base::failure("a line needs three points to have an error");
  const Moments m = moments_of(points);
  if (!(m.xx > 0)) return base::failure("x does not differ");
  const double degrees = m.n - 2;
  const double slope = m.xy / m.xx;
  const double squares = sum_of_squares(residuals_of(points, m));
  LineFit fit;
  fit.points = points.size();
  fit.residual_sd = std::sqrt(squares / degrees);
  fit.slope_sd = fit.residual_sd / std::sqrt(m.xx);
  fit.intercept_sd = fit.residual_sd * std::sqrt(1 / m.n + m.mean_x * m.mean_x / m.xx);
  fit.r_squared = m.yy > 0 ? 1 - squares / m.yy : 1;
  const double t = student_t(0.975, degrees);
  fit.slope = estimate(slope, fit.slope_sd, t);
  fit.intercept = estimate(m.mean_y - slope * m.mean_x, fit.intercept_sd, t);
  return fit;
}

base::Result<LineFit> fit_line(std::span<const FitPoint> points) {
  if (auto usable = check_x(points); !usable) return base::failure(usable.error());
  if (auto usable = check_residuals(points); !usable) return base::failure(usable.error());
  return least_squares(points);
}

base::Result<LineFit> fit_churn(std::span<const ChurnPeriod> periods) {
  if (periods.empty()) return fit_line({});
  std::vector<double> lengths;
  for (const ChurnPeriod& period : periods) lengths.push_back(period.seconds);
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::ranges::nth_element(lengths, middle);
  std::vector<FitPoint> points;
  for (const ChurnPeriod& period : periods) {
    // A period that was cut off weighs as much as a whole one: it has to be about as long.
    if (period.seconds >= *middle / 2 && period.seconds > 0)
      points.push_back({period.creations / period.seconds, period.overhead_seconds / period.seconds});
  }
  return fit_line(points);
}

}  // namespace faastax::join
