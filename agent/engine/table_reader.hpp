// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "agent/bpf/probe.hpp"
#include "agent/engine/count_reader.hpp"
#include "ledger/input.hpp"

namespace faastax::engine {

/// Reads the accounts and clocks that the kernel keeps, and gives back what has ended.
class TableReader {
 public:
  /// `probe` must outlive it.
  /// `cycles`: whether counters count, and if their table has all of it or a part to be extrapolated from.
  TableReader(bpf::Probe& probe, bpf::CycleMode cycles) : probe_(probe), counts_(cycles) {
    // Once, for all: memory that is not yet used costs nothing, while growing would leave holes behind.
    seen_.reserve(probe.accounts().size());
  }

  /// Every account that has grown or ended since the last call. To be called after Probe::flush().
  ledger::CellsRead read(ledger::Nanoseconds now);

  /// Gives the lines of the accounts that the last read() called ended back to the kernel. To be called
  /// once their time is booked.
  void release();

  /// Whether a live account books by the phase of this cgroup entry.
  bool uses_entry(std::uint32_t entry) const;

 private:
  struct Seen {
    std::uint32_t serial = 0;
    bool empty = false;  ///< had no task at the last read: one more, and nobody can be joining it
    bool freed = false;
    ledger::Buckets total{};
    ledger::Nanoseconds carved = 0;
  };

  void read_line(std::uint32_t index, ledger::CellsRead& result);
  void read_cpus(ledger::CellsRead& result) const;

  bpf::Probe& probe_;
  CountReader counts_;
  std::vector<Seen> seen_;
  std::vector<std::uint32_t> ended_;
};

}  // namespace faastax::engine
