// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/cycle_rates.hpp"

#include <numeric>
#include <utility>

namespace faastax::engine {
namespace {

constexpr double kPriorNs = 1e6;
constexpr double kAccountMemoryNs = 200e6;
constexpr double kNodeMemoryNs = 2e9;

double sum(const __u64 (&buckets)[FX_PHASES]) {
  return static_cast<double>(std::accumulate(std::begin(buckets), std::end(buckets), std::uint64_t{0}));
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  ns += other.ns;
  cycles += other.cycles;
  instructions += other.instructions;
  return *this;
}

void CountedTime::add(const Counts& counts, double memory) {
  sum_ += counts;
  if (sum_.ns <= memory) return;
  sum_.ns /= 2;
  sum_.cycles /= 2;
  sum_.instructions /= 2;
}

CycleRate CountedTime::seen() const {
  return sum_.ns > 0 ? CycleRate{sum_.cycles / sum_.ns, sum_.instructions / sum_.ns} : CycleRate{};
}

CycleRate CountedTime::rate(const CycleRate& other) const {
  const double ns = sum_.ns + kPriorNs;
  return {(sum_.cycles + kPriorNs * other.cycles) / ns,
          (sum_.instructions + kPriorNs * other.instructions) / ns};
}

Counts CycleEstimate::learn(const fx_counts& now, CountedTime& node) {
  const Counts all{static_cast<double>(now.counted_ns), sum(now.cycles), sum(now.instructions)};
  const Counts before = std::exchange(seen_, all);
  const Counts grown{all.ns - before.ns, all.cycles - before.cycles, all.instructions - before.instructions};
  if (grown.ns <= 0) return {};
  own_.add(grown, kAccountMemoryNs);
  node.add(grown, kNodeMemoryNs);
  return grown;
}

void CycleEstimate::advance(const ledger::Buckets& total, const CountedTime& node) {
  if (node.ns() <= 0) return;
  const CycleRate rate = own_.rate(node.seen());
  for (std::size_t phase = 0; phase < total.size(); ++phase) {
    // A bucket is below 0 for a while when an estimate was taken back from the next one.
    const auto grown = static_cast<std::int64_t>(total[phase] - until_[phase]);
    if (grown <= 0) continue;
    until_[phase] = total[phase];
    cycles_[phase] += static_cast<std::uint64_t>(static_cast<double>(grown) * rate.cycles);
    instructions_[phase] += static_cast<std::uint64_t>(static_cast<double>(grown) * rate.instructions);
  }
}

}  // namespace faastax::engine
