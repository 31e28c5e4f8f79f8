// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/count_reader.hpp"

#include <gtest/gtest.h>

#include <array>

#include "agent/engine/decode.hpp"

namespace faastax::engine {
namespace {

constexpr ledger::Nanoseconds kMs = 1'000'000;

struct CountReaderTest : testing::Test {
  std::array<fx_counts, 4> table{};  ///< three accounts, and the idle tasks'

  void count(std::uint32_t line, std::uint64_t ns, std::uint64_t cycles) {
    table.at(line).counted_ns += ns;
    table.at(line).cycles[FX_PHASE_BUSY] += cycles;
    table.at(line).instructions[FX_PHASE_BUSY] += cycles / 2;
  }
  static ledger::CellsRead::Account account(std::uint32_t line, ledger::Nanoseconds ns, bool ended = false,
                                            std::uint32_t serial = 1) {
    return {.account = account_key(line, serial), .total = {ns}, .ended = ended};
  }
  ledger::CellsRead read(CountReader& reader, std::vector<ledger::CellsRead::Account> accounts) {
    ledger::CellsRead result;
    result.accounts = std::move(accounts);
    reader.read(table, result);
    return result;
  }
};

TEST_F(CountReaderTest, AnAccountThatWasNeverCountedHasTheRateOfOnesAfterIt) {
  CountReader reader(bpf::CycleMode::kDerived);
  count(2, 10 * kMs, 30 * kMs);
  const ledger::CellsRead cells = read(reader, {account(1, 5 * kMs, true), account(2, 10 * kMs)});
  ASSERT_EQ(cells.counted.size(), 2U);
  EXPECT_EQ(cells.counted[0].cycles[0], 15 * kMs) << "it has ended: there is no later";
  EXPECT_EQ(cells.counted[0].instructions[0], 15 * kMs / 2);
  EXPECT_EQ(cells.counted[1].cycles[0], 30 * kMs);
}

TEST_F(CountReaderTest, WhatIsCountedWholeIsPassedOn) {
  CountReader reader(bpf::CycleMode::kExact);
  count(1, 10, 300);
  table[3].cycles[FX_PHASE_PRE] = 7;
  const ledger::CellsRead cells = read(reader, {account(1, 10)});
  EXPECT_EQ(cells.counted.at(0).cycles[FX_PHASE_BUSY], 300U);
  EXPECT_EQ(cells.idle_cycles, 7U);
}

TEST_F(CountReaderTest, RefusedReadingsAddUpOverTheAccountsOfALine) {
  CountReader reader(bpf::CycleMode::kExact);
  table[1].refused = 3;
  table[3].refused = 1;
  EXPECT_EQ(read(reader, {account(1, 10)}).refused_readings, 4U);
  EXPECT_EQ(read(reader, {account(1, 20)}).refused_readings, 4U);
  table[1].refused = 2;
  EXPECT_EQ(read(reader, {account(1, 5, false, 2)}).refused_readings, 6U);
}

TEST_F(CountReaderTest, WithoutCountersThereIsNothing) {
  CountReader reader(bpf::CycleMode::kNone);
  ledger::CellsRead cells;
  cells.accounts = {account(1, 10)};
  reader.read({}, cells);
  EXPECT_TRUE(cells.counted.empty());
}

}  // namespace
}  // namespace faastax::engine
