// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <tuple>

#include "ledger/totals.hpp"
#include "proto/records.pb.h"

/// What a reader of records adds up, and the ledger's own figures to hold it against.
namespace faastax::records {

using Cell = std::tuple<std::string, int, bool>;  ///< component ("node", "instances"), activity, inferred
using CellTimes = std::map<Cell, std::uint64_t>;

inline void add(CellTimes& to, const std::string& owner, const v1::Usage& usage) {
  to[{owner, usage.activity(), usage.inferred()}] += usage.nanoseconds();
}

inline std::string owner_of(const v1::NodeLedger::Cell& cell) {
  if (cell.owner() == v1::OWNER_KIND_INSTANCE) return "instances";
  return cell.component().empty() ? "node" : cell.component();
}

struct NodeSum {
  CellTimes cells;
  std::uint64_t wall = 0;
  std::uint64_t idle = 0;
  std::int64_t steal = 0;
  std::int64_t unsettled = 0;
  std::int64_t residual = 0;
  double memory = 0;
  double overhead = 0;

  void add(const v1::NodeLedger& ledger) {
    for (const v1::NodeLedger::Cell& cell : ledger.cells()) records::add(cells, owner_of(cell), cell.usage());
    wall += ledger.wall_nanoseconds();
    idle += ledger.idle_nanoseconds();
    steal += ledger.steal_nanoseconds();
    unsettled += ledger.unsettled_nanoseconds();
    residual += ledger.residual_nanoseconds();
    const v1::MemoryByState& by_state = ledger.memory_byte_seconds();
    memory += by_state.starting() + by_state.idle() + by_state.busy() + by_state.stopping();
    overhead += ledger.overhead_byte_seconds();
  }
};

inline void add(CellTimes& to, const std::string& owner, const ledger::CpuByActivity& cpu) {
  for (std::size_t activity = 0; activity < ledger::kActivities; ++activity) {
    for (std::size_t evidence = 0; evidence < ledger::kEvidences; ++evidence) {
      const std::uint64_t ns = cpu.ns[activity][evidence];
      if (ns != 0) to[{owner, static_cast<int>(activity) + 1, evidence == 1}] += ns;
    }
  }
}

/// The cells as the books have them; what instances own as what is left of the node's.
inline CellTimes cells_of(const ledger::Totals& books) {
  CellTimes cells;
  ledger::CpuByActivity rest = books.cpu;
  for (const auto& [name, cpu] : books.components) {
    add(cells, name, cpu);
    rest = rest.since(cpu);
  }
  add(cells, "instances", rest);
  return cells;
}

inline void expect_same(const NodeSum& sum, const ledger::Totals& books) {
  EXPECT_EQ(sum.cells, cells_of(books));
  EXPECT_EQ(sum.wall, books.wall);
  EXPECT_EQ(sum.idle, books.idle);
  EXPECT_EQ(sum.steal, books.steal);
  EXPECT_EQ(sum.unsettled, static_cast<std::int64_t>(books.unsettled));
  EXPECT_EQ(sum.residual, books.residual);
  double memory = 0;
  for (const double by_state : books.memory_byte_seconds) memory += by_state;
  EXPECT_NEAR(sum.memory, memory, 1e-9 * memory);
  EXPECT_NEAR(sum.overhead, books.overhead_byte_seconds, 1e-9 * books.overhead_byte_seconds);
}

}  // namespace faastax::records
