// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "agent/records/instance_recorder.hpp"
#include "agent/records/node_ledger.hpp"
#include "agent/records/testing_sums.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recording.hpp"
#include "ledger/report_builder.hpp"
#include "ledger/testdata/script.hpp"

/// Recordings of real sandboxes, told as records with the periods cut anywhere: added up they are the books.
namespace faastax::records {
namespace {

using Stream = std::vector<ledger::Input>;

Stream read_stream(const std::string& name) {
  std::ifstream file(std::filesystem::path(FAASTAX_SOURCE_DIR) / "ledger" / "testdata" / name);
  auto reader = ledger::RecordingReader::open(file);
  EXPECT_TRUE(reader.has_value()) << name;
  Stream stream;
  while (reader) {
    auto input = reader->next();
    if (!input || !*input) break;
    stream.push_back(std::move(**input));
  }
  return stream;
}

/// An agent without a kernel: books a stream, and keeps what a collector would.
class Teller {
 public:
  explicit Teller(std::uint32_t seed) : random_(seed) {}

  void take(const ledger::Input& input) {
    books_.apply(input);
    if (!std::holds_alternative<ledger::CellsRead>(input)) return;
    // At every reading, as the agent does: who ends between two of them is seen all the same.
    recorder_.see(books_.live_instances(), books_.take_ended_instances(), now());
    keep(recorder_.due(clocks(), books_.totals().counting));
    if (random_() % 3 == 0) close();
  }
  void finish() {
    keep(recorder_.all(clocks(), books_.totals().counting));
    close();
  }

  const ledger::Ledger& books() const { return books_; }
  const NodeSum& node() const { return node_; }
  const std::vector<v1::NodeLedger>& periods() const { return periods_; }

  /// By uid, the highest sequence.
  const std::map<std::string, v1::InstanceRecord>& instances() const { return instances_; }

 private:
  ledger::Nanoseconds now() const { return books_.clocks().mono; }
  ledger::ClocksRead clocks() const { return books_.clocks(); }

  void close() {
    periods_.push_back(ledgers_.close(books_.totals(), clocks()));
    node_.add(periods_.back());
  }
  void keep(const std::vector<v1::InstanceRecord>& records) {
    for (const v1::InstanceRecord& record : records) {
      v1::InstanceRecord& kept = instances_[record.uid()];
      EXPECT_GT(record.sequence(), kept.sequence());
      kept = record;
    }
  }

  std::mt19937 random_;
  ledger::testdata::FewRules rules_;
  ledger::Ledger books_{rules_, {.keep_instances = true, .uid_prefix = ""}};
  Identity identity_{.node = "n", .boot = "b", .born = 1};
  InstanceRecorder recorder_{identity_, 100'000'000};
  NodeLedgers ledgers_{identity_, {}};
  NodeSum node_;
  std::vector<v1::NodeLedger> periods_;
  std::map<std::string, v1::InstanceRecord> instances_;
};

void expect_instances_add_up(const Teller& teller) {
  CellTimes own;
  std::uint64_t requests = 0;
  for (const auto& [uid, record] : teller.instances()) {
    for (const v1::Usage& usage : record.own()) add(own, "instances", usage);
    requests += record.requests_completed();
  }
  CellTimes expected = teller.node().cells;
  std::erase_if(expected, [](const auto& cell) { return std::get<0>(cell.first) != "instances"; });
  EXPECT_EQ(own, expected);
  std::uint64_t completed = 0;
  for (const auto& [name, function] : teller.books().totals().functions) completed += function.completed;
  EXPECT_EQ(requests, completed);
}

class Streams : public ::testing::TestWithParam<const char*> {};

TEST_P(Streams, AddUpToTheBooks) {
  const Stream stream = read_stream(GetParam());
  ASSERT_GT(stream.size(), 100U);
  std::size_t periods = 0;
  for (std::uint32_t seed = 0; seed < 100 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Teller teller(seed);
    for (const ledger::Input& input : stream) teller.take(input);
    teller.finish();
    expect_same(teller.node(), teller.books().totals());
    expect_instances_add_up(teller);
    periods += teller.periods().size();
  }
  EXPECT_GT(periods, 300U);
}

TEST_P(Streams, AddUpToTheReport) {
  Teller teller(7);
  for (const ledger::Input& input : read_stream(GetParam())) teller.take(input);
  teller.finish();
  const ledger::Totals end = teller.books().totals();
  const ledger::Totals begin;
  const ledger::Report report = ledger::build_report({begin, end, 0, 1, teller.books().clocks()}, {});
  std::array<double, ledger::kActivities> ns{};
  for (const auto& [cell, time] : teller.node().cells) {
    ns.at(static_cast<std::size_t>(std::get<1>(cell) - 1)) += static_cast<double>(time);
  }
  for (std::size_t activity = 0; activity < ledger::kActivities; ++activity) {
    EXPECT_DOUBLE_EQ(ns[activity] / 1e9, report.by_activity[activity].seconds) << activity;
  }
  EXPECT_DOUBLE_EQ(static_cast<double>(teller.node().wall) / 1e9, report.wall_cpu_seconds);
  EXPECT_DOUBLE_EQ(static_cast<double>(teller.node().idle) / 1e9, report.idle_seconds);
  EXPECT_NEAR(static_cast<double>(teller.node().residual) / 1e9, report.residual_seconds, 1e-9);
  EXPECT_NEAR(teller.node().overhead, report.memory.overhead_byte_seconds, 1);
}

INSTANTIATE_TEST_SUITE_P(Real, Streams, ::testing::Values("crun_pause_move.jsonl", "runc_pause_move.jsonl"),
                         [](const auto& stream) { return std::string(stream.param).substr(0, 4); });

}  // namespace
}  // namespace faastax::records
