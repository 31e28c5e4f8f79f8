// SPDX-License-Identifier: Apache-2.0
#include "ledger/baseline.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace faastax::ledger {
namespace {

constexpr std::size_t kTrim = 10;         // one of so many at either end
constexpr std::size_t kFewestToTrim = 3;  // of two, neither is the odd one

}  // namespace

void Baseline::add(Nanoseconds end, Nanoseconds length, ComponentTimes used) {
  if (length == 0) return;
  periods_.push_back({end, length, std::move(used)});
  if (periods_.size() > kMostPeriods) periods_.pop_front();
}

void Baseline::advance(Nanoseconds now) {
  while (!periods_.empty() && periods_.front().end + kKeepFor < now) periods_.pop_front();
}

double Baseline::cpus(const std::string& component) const {
  struct Sample {
    double used = 0;
    double length = 0;
    double rate() const { return used / length; }
  };
  std::vector<Sample> samples;
  samples.reserve(periods_.size());
  for (const Period& period : periods_) {
    const auto found = period.used.find(component);
    const Nanoseconds used = found == period.used.end() ? 0 : found->second;
    samples.push_back({static_cast<double>(used), static_cast<double>(period.length)});
  }
  if (samples.empty()) return 0;
  std::ranges::sort(samples, {}, &Sample::rate);
  const std::size_t trim =
      samples.size() < kFewestToTrim ? 0 : std::max<std::size_t>(samples.size() / kTrim, 1);
  Sample sum;
  for (std::size_t i = trim; i < samples.size() - trim; ++i) {
    sum.used += samples[i].used;
    sum.length += samples[i].length;
  }
  return sum.rate();
}

}  // namespace faastax::ledger
