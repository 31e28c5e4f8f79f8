// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/recording.hpp"
#include "ledger/testdata/script.hpp"

/// Recordings of real sandboxes (run, paused, resumed; a shell that moves to another cgroup and back), as
/// they were and with edges lost and out of order: every nanosecond of the tables is booked once, whatever is
/// known.
namespace faastax::ledger {
namespace {

using testdata::grew;

using Stream = std::vector<Input>;

Stream read_stream(const std::string& name) {
  const auto path = std::filesystem::path(FAASTAX_SOURCE_DIR) / "ledger" / "testdata" / name;
  std::ifstream file(path);
  auto reader = RecordingReader::open(file);
  EXPECT_TRUE(reader.has_value()) << path << ": " << (reader ? "" : reader.error().message);
  Stream stream;
  while (reader) {
    auto input = reader->next();
    EXPECT_TRUE(input.has_value()) << (input ? "" : input.error().message);
    if (!input || !*input) break;
    stream.push_back(std::move(**input));
  }
  return stream;
}

bool is_edge(const Input& input) {
  return !std::holds_alternative<CellsRead>(input) && !std::holds_alternative<WindowMarked>(input);
}

AccountKey account_of(const Input& input) {
  return std::visit(
      [](const auto& of) -> AccountKey {
        if constexpr (requires { of.account; }) return of.account;
        return 0;
      },
      input);
}

/// Loses edges, and swaps neighbours of different accounts, as rings of several CPUs may deliver them. Never
/// across a reading of the tables.
Stream mutate(Stream stream, std::mt19937& random) {
  const auto chance = [&random](unsigned percent) { return random() % 100 < percent; };
  const unsigned lost = random() % 4 * 10;
  std::erase_if(stream, [&](const Input& input) { return is_edge(input) && chance(lost); });
  for (std::size_t i = 1; i < stream.size(); ++i) {
    const bool swappable = is_edge(stream[i - 1]) && is_edge(stream[i]);
    if (swappable && account_of(stream[i - 1]) != account_of(stream[i]) && chance(20)) {
      std::swap(stream[i - 1], stream[i]);
    }
  }
  return stream;
}

/// What the tables have said that each account used. An edge's estimate is taken back from it for a while.
class Given {
 public:
  void take(const CellsRead& cells) {
    for (const CellsRead::Account& account : cells.accounts) raise(account.account, account.total);
  }
  Nanoseconds sum() const {
    std::int64_t sum = 0;
    for (const auto& [account, ns] : highest_) sum += ns;
    return static_cast<Nanoseconds>(sum);
  }

 private:
  void raise(AccountKey account, const Buckets& total) {
    std::int64_t sum = 0;
    for (const Nanoseconds ns : total) sum += static_cast<std::int64_t>(ns);
    highest_[account] = std::max(highest_[account], sum);
  }
  std::map<AccountKey, std::int64_t> highest_;
};

/// Whether each cell of the node and of components is at least what it was.
bool grew(const Totals& before, const Totals& after) {
  return grew(before.cpu, after.cpu) && std::ranges::all_of(before.components, [&after](const auto& entry) {
           return grew(entry.second, after.components.at(entry.first));
         });
}

void book(const Stream& stream, const std::string& name) {
  const testdata::FewRules rules;
  Ledger ledger(rules, {.keep_instances = true, .uid_prefix = ""});
  Given given;
  Totals before;
  for (const Input& input : stream) {
    ledger.apply(input);
    if (const auto* cells = std::get_if<CellsRead>(&input)) {
      given.take(*cells);
      Totals after = ledger.totals();
      ASSERT_TRUE(grew(before, after)) << name;
      before = std::move(after);
    }
  }
  const Totals books = ledger.totals();
  ASSERT_EQ(books.cpu.total() + books.unsettled, given.sum()) << name;
  // Σ over evidence and owners: components, and instances by themselves.
  Nanoseconds components = 0;
  for (const auto& [component, cpu] : books.components) components += cpu.total();
  ASSERT_LE(components, books.cpu.total()) << name;
}

class RecordedStreams : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedStreams, AsItWas) {
  const Stream stream = read_stream(GetParam());
  ASSERT_GT(stream.size(), 100U);
  book(stream, GetParam());
}

TEST_P(RecordedStreams, WithEdgesLostAndOutOfOrder) {
  const Stream stream = read_stream(GetParam());
  for (std::uint32_t seed = 0; seed < 1'000; ++seed) {
    std::mt19937 random(seed);
    book(mutate(stream, random), std::string(GetParam()) + ", seed " + std::to_string(seed));
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Real, RecordedStreams,
                         ::testing::Values("crun_pause_move.jsonl", "runc_pause_move.jsonl"),
                         [](const auto& stream) { return std::string(stream.param).substr(0, 4); });

}  // namespace
}  // namespace faastax::ledger
