// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/histogram.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>

namespace faastax::cli::prometheus {
namespace {

constexpr double kMostSamples = 1e18;  // that a count can hold

std::optional<double> bound_of(const std::string& le) {
  if (le == "+Inf") return std::numeric_limits<double>::infinity();
  double bound = 0;
  const auto [end, status] = std::from_chars(le.data(), le.data() + le.size(), bound);
  if (status != std::errc{} || end != le.data() + le.size() || !std::isfinite(bound)) return std::nullopt;
  return bound;
}

double quantile(const std::vector<ledger::DurationBucket>& buckets, double q, double total) {
  double below = 0;
  for (const ledger::DurationBucket& bucket : buckets) {
    const auto in = static_cast<double>(bucket.count);
    if (below + in < q * total) {
      below += in;
      continue;
    }
    if (std::isinf(bucket.le)) return bucket.above;
    return bucket.above + (bucket.le - bucket.above) * (q * total - below) / in;
  }
  return 0;
}

}  // namespace

std::vector<ledger::DurationBucket> buckets_of(const std::vector<Sample>& cumulative) {
  std::map<double, double> up_to;
  for (const Sample& sample : cumulative) {
    if (const auto bound = bound_of(sample.label("le"))) up_to[*bound] += sample.value;
  }
  std::vector<ledger::DurationBucket> buckets;
  double above = 0;
  double below = 0;
  for (const auto& [le, count] : up_to) {
    const double in = std::round(std::min(count - below, kMostSamples));
    if (in > 0) buckets.push_back({above, le, static_cast<std::uint64_t>(in)});
    above = le;
    below = std::max(below, count);
  }
  return buckets;
}

ledger::Percentiles percentiles_of(const std::vector<ledger::DurationBucket>& buckets) {
  double total = 0;
  for (const ledger::DurationBucket& bucket : buckets) total += static_cast<double>(bucket.count);
  if (total <= 0) return {};
  return {quantile(buckets, 0.5, total), quantile(buckets, 0.99, total)};
}

}  // namespace faastax::cli::prometheus
