// SPDX-License-Identifier: Apache-2.0
#include "agent/export/series.hpp"

#include <utility>

namespace faastax::exporting {

HistogramValue& HistogramValue::operator+=(const HistogramValue& other) {
  for (std::size_t i = 0; i < at_most.size(); ++i) at_most[i] += other.at_most[i];
  count += other.count;
  sum += other.sum;
  return *this;
}

double growth(double& highest, double value) {
  if (!(value > highest)) return 0;
  return value - std::exchange(highest, value);
}

HistogramValue growth(HistogramValue& highest, const HistogramValue& value) {
  HistogramValue grown;
  if (value.count <= highest.count) return grown;
  for (std::size_t i = 0; i < value.at_most.size(); ++i)
    grown.at_most[i] = value.at_most[i] - highest.at_most[i];
  grown.count = value.count - highest.count;
  grown.sum = value.sum - highest.sum;
  highest = value;
  return grown;
}

}  // namespace faastax::exporting
