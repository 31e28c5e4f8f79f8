// SPDX-License-Identifier: Apache-2.0
#include "collector/store/schema.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace faastax::store {
namespace {

/// Types whose names differ, by dialect.
constexpr std::array<std::array<std::string_view, 3>, 3> kTypes = {{
    {"{serial}", "INTEGER PRIMARY KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
    {"{int}", "INTEGER", "BIGINT"},
    {"{bytes}", "BLOB", "BYTEA"},
}};

/// One entry a version. Times are nanoseconds (`at`) or seconds (`start`) since the Unix epoch. What a
/// released version has is never changed here: the next one alters it.
const std::vector<std::vector<std::string_view>>& versions() {
  static const std::vector<std::vector<std::string_view>> all = {
      {
          // The latest snapshot of each instance.
          "CREATE TABLE instance (id {serial}, uid {bytes} NOT NULL, sequence {int} NOT NULL, at {int} NOT "
          "NULL,"
          " sandbox {int} NOT NULL, record {bytes} NOT NULL)",
          "CREATE UNIQUE INDEX instance_uid ON instance (uid)",
          // Rows come in about this order; it finds sandboxes of a window, and what is too old.
          "CREATE INDEX instance_at ON instance (at, sandbox)",
          "CREATE TABLE node_ledger (id {serial}, agent TEXT NOT NULL, sequence {int} NOT NULL, at {int} NOT "
          "NULL,"
          " record {bytes} NOT NULL)",
          "CREATE UNIQUE INDEX node_ledger_key ON node_ledger (agent, sequence)",
          "CREATE INDEX node_ledger_at ON node_ledger (at)",
          "CREATE TABLE scaling_event (id {serial}, source TEXT NOT NULL, event_id TEXT NOT NULL, at {int} "
          "NOT "
          "NULL,"
          " event TEXT NOT NULL)",
          "CREATE UNIQUE INDEX scaling_event_key ON scaling_event (source, event_id)",
          "CREATE INDEX scaling_event_at ON scaling_event (at)",
          // What transactions added and sums do not have yet.
          "CREATE TABLE journal (id {serial}, delta {bytes} NOT NULL)",
          "CREATE TABLE sums (id {serial}, resolution {int} NOT NULL, cube {int} NOT NULL, start {int} NOT "
          "NULL,"
          " cell {bytes} NOT NULL, totals {bytes} NOT NULL)",
          "CREATE UNIQUE INDEX sums_key ON sums (resolution, cube, start, cell)",
          "CREATE TABLE setting (name TEXT PRIMARY KEY, value {int} NOT NULL)",
      },
      {
          // What scaling events say of policies: of a decision, and of a sandbox the decision that wanted it.
          // `looked`:
          // how often records that had come before were looked for.
          "CREATE TABLE decision (source TEXT NOT NULL, decision_id TEXT NOT NULL, at {int} NOT NULL, policy "
          "TEXT NOT NULL,"
          " PRIMARY KEY (source, decision_id))",
          "CREATE INDEX decision_at ON decision (at)",
          "CREATE TABLE placement (sandbox TEXT PRIMARY KEY, source TEXT NOT NULL, decision_id TEXT NOT NULL,"
          " at {int} NOT NULL, looked {int} NOT NULL)",
          "CREATE INDEX placement_at ON placement (at)",
          "CREATE INDEX placement_looked ON placement (looked, at)",
      },
  };
  return all;
}

std::string in_dialect(std::string_view statement, Dialect dialect) {
  std::string result(statement);
  for (const auto& type : kTypes) {
    const std::string_view name = type[dialect == Dialect::kSqlite ? 1 : 2];
    for (auto at = result.find(type[0]); at != std::string::npos; at = result.find(type[0])) {
      result.replace(at, type[0].size(), name);
    }
  }
  return result;
}

}  // namespace

int schema_version() { return static_cast<int>(versions().size()); }

std::vector<std::string> migration(int version, Dialect dialect) {
  std::vector<std::string> result;
  for (const std::string_view statement : versions().at(static_cast<std::size_t>(version) - 1)) {
    result.push_back(in_dialect(statement, dialect));
  }
  return result;
}

std::string newer_schema(int found) {
  if (found <= schema_version()) return {};
  return fmt::format(
      "the store has schema version {}, this program knows up to {}: use the newer faastax that made it",
      found, schema_version());
}

std::string unusable_to_readers(int found) {
  if (found == schema_version()) return {};
  if (found > schema_version()) return newer_schema(found);
  if (found == 0) return "there is no faastax store in it: give it to faastax-collector first";
  return fmt::format(
      "the store has schema version {}, this program reads {}: start its faastax-collector once", found,
      schema_version());
}

}  // namespace faastax::store
