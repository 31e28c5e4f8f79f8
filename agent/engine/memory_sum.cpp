// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/memory_sum.hpp"

#include <utility>

namespace faastax::engine {

static_assert(FX_MEMORY_STATES == ledger::kInstanceStates);

const ledger::ByteSeconds& MemorySum::advance(const fx_cgroup& entry, std::uint64_t page_bytes) {
  constexpr double kMicroseconds = 1e6;
  for (std::size_t state = 0; state < byte_seconds_.size(); ++state) {
    const std::uint64_t now = entry.page_us[state];
    const std::uint64_t grown = now - std::exchange(page_us_[state], now);
    byte_seconds_[state] += static_cast<double>(grown) * static_cast<double>(page_bytes) / kMicroseconds;
  }
  return byte_seconds_;
}

}  // namespace faastax::engine
