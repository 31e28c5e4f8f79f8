// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/counting_windows.hpp"

#include <algorithm>

namespace faastax::engine {
namespace {

constexpr ledger::Nanoseconds kWindow = 15'000'000;
constexpr ledger::Nanoseconds kPeriod = 2'000'000'000;

}  // namespace

base::Result<void> CountingWindows::tick(ledger::Nanoseconds now) {
  if (mode_ == bpf::CycleMode::kNone) return {};
  const bool always = mode_ != bpf::CycleMode::kDerived;
  if (open_ && (always || now < changed_ + kWindow)) return {};
  if (!open_ && changed_ != 0 && now < changed_ + period_) return {};
  changed_ = now;
  open_ = !open_;
  if (open_) probe_.set_counting(true);
  // The first reading of a window, or its last: what runs all through it never comes to a switch.
  auto done = probe_.flush(probe_.online_cpus());
  if (!open_) {
    probe_.set_counting(false);
    period_ = std::min(2 * period_, kPeriod);
  }
  return done;
}

}  // namespace faastax::engine
