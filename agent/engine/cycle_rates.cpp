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

void CountedTime::add(double ns, double cycles, double instructions, double memory) {
  ns_ += ns;
  cycles_ += cycles;
  instructions_ += instructions;
  if (ns_ <= memory) return;
  ns_ /= 2;
  cycles_ /= 2;
  instructions_ /= 2;
}

CycleRate CountedTime::seen() const {
  return ns_ > 0 ? CycleRate{cycles_ / ns_, instructions_ / ns_} : CycleRate{};
}

CycleRate CountedTime::rate(const CycleRate& other) const {
  const double ns = ns_ + kPriorNs;
  return {(cycles_ + kPriorNs * other.cycles) / ns, (instructions_ + kPriorNs * other.instructions) / ns};
}

void CycleEstimate::learn(const fx_counts& now, CountedTime& node) {
  const double ns =
      static_cast<double>(now.counted_ns) - std::exchange(seen_ns_, static_cast<double>(now.counted_ns));
  const double all_cycles = sum(now.cycles);
  const double all_instructions = sum(now.instructions);
  const double cycles = all_cycles - std::exchange(seen_cycles_, all_cycles);
  const double instructions = all_instructions - std::exchange(seen_instructions_, all_instructions);
  if (ns <= 0) return;
  own_.add(ns, cycles, instructions, kAccountMemoryNs);
  node.add(ns, cycles, instructions, kNodeMemoryNs);
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
