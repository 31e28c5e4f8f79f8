// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/records/identity.hpp"
#include "ledger/input.hpp"
#include "ledger/report.hpp"
#include "ledger/totals.hpp"
#include "proto/records.pb.h"

namespace faastax::records {

/// Cuts the node's books into periods, one NodeLedger each. Their sums are the books, to the nanosecond, but
/// for what is overbooked: it is told no sooner than instances have as much in a period. Pure.
class NodeLedgers {
 public:
  /// The first period begins where the books do.
  NodeLedgers(Identity identity, ledger::NodeInfo node)
      : identity_(std::move(identity)), node_(std::move(node)) {}

  /// Closes the period: `totals` are the books at its end, which is at `clocks`. The next one begins there.
  v1::NodeLedger close(const ledger::Totals& totals, const ledger::ClocksRead& clocks);

 private:
  /// The node's part of the books: without functions, which are many.
  struct Node {
    Node() = default;
    explicit Node(const ledger::Totals& totals);

    ledger::CpuByActivity cpu;
    ledger::Nanoseconds wall = 0;
    ledger::Nanoseconds idle = 0;
    std::int64_t steal = 0;
    ledger::Nanoseconds unsettled = 0;
    ledger::ByteSeconds memory{};
    double overhead = 0;
    double reserved = 0;
    double bpf_seconds = 0;
    std::uint64_t lost_events = 0;
  };

  void add_cells(const ledger::Totals& totals, v1::NodeLedger& to);
  void add_times(const Node& now, v1::NodeLedger& to) const;
  void add_period(const ledger::ClocksRead& clocks, v1::NodeLedger& to);

  Identity identity_;
  ledger::NodeInfo node_;
  Node before_;
  ledger::CpuByComponent told_;  ///< of components, in all periods before
  std::uint64_t sequence_ = 0;
  ledger::Nanoseconds ended_ = 0;  ///< the period before
};

}  // namespace faastax::records
