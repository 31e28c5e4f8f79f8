// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "collector/store/backend.hpp"

namespace faastax::store {

/// The table of instances, the one with many rows a transaction: one statement inserts many of them, since
/// starting and ending one costs more than a row in it. Throws SQLite::Exception.
class SqliteInstances {
 public:
  explicit SqliteInstances(SQLite::Database& database);

  /// As Backend::insert_instances() and replace_instances().
  std::vector<Conflict> insert(std::span<const InstanceRow> rows);
  void replace(std::span<const InstanceRow* const> rows);

 private:
  std::int64_t newest();
  std::size_t insert_part(std::span<const InstanceRow> rows);
  void find_conflicts(std::span<const InstanceRow> rows, std::size_t first, std::int64_t newest,
                      std::vector<Conflict>& conflicts);

  SQLite::Database& database_;
  SQLite::Statement insert_one_;
  SQLite::Statement insert_many_;
  SQLite::Statement newest_;
  SQLite::Statement find_;
  SQLite::Statement replace_;
};

}  // namespace faastax::store
