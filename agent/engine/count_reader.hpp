// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/bpf/perf_counters.hpp"
#include "agent/engine/cycle_rates.hpp"
#include "ledger/input.hpp"

namespace faastax::engine {

/// Makes cycles of what counters counted beside the accounts: all of it, or a part to be extrapolated from.
class CountReader {
 public:
  explicit CountReader(bpf::CycleMode mode) : mode_(mode) {}

  /// Adds the cycles of all accounts in `result`, the idle tasks' and the readings refused. `counts` is the
  /// kernel's table; empty where nothing counts.
  void read(std::span<const fx_counts> counts, ledger::CellsRead& result);

 private:
  struct Seen {
    ledger::AccountKey account = 0;
    std::uint64_t refused = 0;
    CycleEstimate estimate;  ///< derived cycles only
  };

  Seen& seen(ledger::AccountKey account);
  ledger::CellsRead::Counted counted(const ledger::CellsRead::Account& account, const fx_counts& now);

  bpf::CycleMode mode_;
  CountedTime node_;
  std::uint64_t refused_ = 0;
  std::vector<Seen> seen_;  ///< by line
};

}  // namespace faastax::engine
