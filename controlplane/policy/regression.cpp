// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/regression.hpp"

#include <algorithm>
#include <cmath>

namespace faastax::policy {

double extrapolate(std::span<const double> values, double ahead) {
  if (values.empty()) return 0;
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  double weighted = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    weighted += values[i] * static_cast<double>(i);
  }
  const double mean = sum / n;
  if (values.size() < 2) return mean;
  const double middle = (n - 1) / 2;
  const double spread = n * (n * n - 1) / 12;  // sum of (i - middle)²
  const double slope = (weighted - sum * middle) / spread;
  return std::max(0.0, mean + slope * (n - 1 + ahead - middle));
}

Regression::Regression(const KpaParameters& parameters, Time horizon, Time start, double ready)
    : horizon_(horizon), windows_(parameters), decider_(parameters, start, ready) {}

std::optional<Advice> Regression::decide(Time now, double ready) {
  if (windows_.stable.empty(now)) return std::nullopt;
  const double ahead =
      static_cast<double>(horizon_.count()) / static_cast<double>(windows_.stable.bucket().count());
  // Noise below what an average would be rounded to must not start an instance.
  const double predicted = std::round(extrapolate(windows_.stable.values(now), ahead) * 1e6) / 1e6;
  Advice advice = decider_.decide(now, predicted, windows_.panic.average(now), ready);
  advice.reason = "predicted: " + advice.reason;
  return advice;
}

}  // namespace faastax::policy
