// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "bpf/abi/fx_abi.h"
#include "ledger/types.hpp"

namespace faastax::engine {

/// The memory of one sandbox over time, as far as it was read. The kernel's side counts pages times
/// microseconds in 64 bits, which 64 GiB fill in 12.8 days; what was added since the reading before is right
/// across the end of the counter. Pure.
class MemorySum {
 public:
  /// Takes in what `entry` has gained and returns all since its beginning, by state.
  const ledger::ByteSeconds& advance(const fx_cgroup& entry, std::uint64_t page_bytes);

 private:
  std::array<std::uint64_t, FX_MEMORY_STATES> page_us_{};
  ledger::ByteSeconds byte_seconds_{};
};

}  // namespace faastax::engine
