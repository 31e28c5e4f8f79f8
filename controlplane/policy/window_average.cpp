// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/window_average.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace faastax::policy {
namespace {

double round_to_6_digits(double value) { return std::round(value * 1e6) / 1e6; }

std::size_t buckets_in(Time window, Time bucket) {
  return static_cast<std::size_t>(std::max<std::int64_t>(1, (window + bucket - Time(1)) / bucket));
}

}  // namespace

WindowAverage::WindowAverage(Time window, Time bucket)
    : window_(window), bucket_(bucket), buckets_(buckets_in(window, bucket)) {}

void WindowAverage::record(Time at, double value) {
  const std::int64_t now = index(at);
  const auto size = static_cast<std::int64_t>(buckets_.size());
  if (!first_ || now - last_ >= size) {
    std::ranges::fill(buckets_, 0.0);
    first_ = last_ = now;
  }
  if (now <= last_ - size) return;
  for (; last_ < now; ++last_) slot(last_ + 1) = 0;
  first_ = std::min(*first_, now);
  slot(now) += value;
}

bool WindowAverage::empty(Time now) const { return !first_ || (index(now) - last_) * bucket_ > window_; }

std::vector<double> WindowAverage::values(Time now) const {
  if (!first_) return {};
  const auto size = static_cast<std::int64_t>(buckets_.size());
  const std::int64_t end = std::max(index(now), last_);
  std::vector<double> values;
  for (std::int64_t i = std::max(*first_, end - size + 1); i <= last_; ++i) values.push_back(slot(i));
  return values;
}

double WindowAverage::average(Time now) const {
  const std::vector<double> filled = values(now);
  if (filled.empty()) return 0;
  const double sum = std::accumulate(filled.begin(), filled.end(), 0.0);
  return round_to_6_digits(sum / static_cast<double>(filled.size()));
}

}  // namespace faastax::policy
