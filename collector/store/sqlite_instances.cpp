// SPDX-License-Identifier: Apache-2.0
#include "collector/store/sqlite_instances.hpp"

#include <string>

#include "collector/store/sqlite_connection.hpp"

namespace faastax::store {
namespace {

constexpr std::size_t kRowsAtOnce = 25;

/// IGNORE: with ON CONFLICT a statement of many rows would keep what each page was, to undo itself alone.
std::string insert_text(std::size_t rows) {
  std::string text =
      "INSERT OR IGNORE INTO instance (uid, sequence, at, sandbox, record) VALUES (?, ?, ?, ?, ?)";
  for (std::size_t i = 1; i < rows; ++i) text += ", (?, ?, ?, ?, ?)";
  return text;
}

}  // namespace

SqliteInstances::SqliteInstances(SQLite::Database& database)
    : database_(database),
      insert_one_(database, insert_text(1)),
      insert_many_(database, insert_text(kRowsAtOnce)),
      newest_(database, "SELECT coalesce(max(id), 0) FROM instance"),
      find_(database, "SELECT id, sequence, record FROM instance WHERE uid = ?"),
      replace_(database, "UPDATE instance SET sequence = ?, at = ?, sandbox = ?, record = ? WHERE uid = ?") {}

std::vector<Conflict> SqliteInstances::insert(std::span<const InstanceRow> rows) {
  std::vector<Conflict> conflicts;
  std::int64_t last = rows.empty() ? 0 : newest();
  for (std::size_t i = 0; i < rows.size();) {
    const auto part = rows.subspan(i, rows.size() - i < kRowsAtOnce ? 1 : kRowsAtOnce);
    const std::size_t inserted = insert_part(part);
    if (inserted != part.size()) find_conflicts(part, i, last, conflicts);
    if (inserted != 0) last = database_.getLastInsertRowid();
    i += part.size();
  }
  return conflicts;
}

/// The highest id: each new row's is higher.
std::int64_t SqliteInstances::newest() {
  Use use(newest_);
  use->executeStep();
  return use->getColumn(0).getInt64();
}

/// One row or kRowsAtOnce; how many of them were new.
std::size_t SqliteInstances::insert_part(std::span<const InstanceRow> rows) {
  Use use(rows.size() == 1 ? insert_one_ : insert_many_);
  int place = 0;
  for (const InstanceRow& row : rows) {
    bind_bytes(*use, ++place, row.uid);
    use->bind(++place, row.sequence);
    use->bind(++place, row.at_ns);
    use->bind(++place, row.sandbox);
    bind_bytes(*use, ++place, row.record);
  }
  return static_cast<std::size_t>(use->exec());
}

/// Which of the rows, the first of them at place `first`, were there when `newest` was the highest id.
void SqliteInstances::find_conflicts(std::span<const InstanceRow> rows, std::size_t first,
                                     std::int64_t newest, std::vector<Conflict>& conflicts) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Use use(find_);
    bind_bytes(*use, 1, rows[i].uid);
    if (!use->executeStep())
      throw DatabaseError(database_.getFilename() + ": it did not take an instance that it has not");
    if (use->getColumn(0).getInt64() > newest) continue;
    conflicts.push_back({first + i, use->getColumn(1).getInt64(), std::string(text_of(use->getColumn(2)))});
  }
}

void SqliteInstances::replace(std::span<const InstanceRow* const> rows) {
  for (const InstanceRow* row : rows) {
    Use use(replace_);
    use->bind(1, row->sequence);
    use->bind(2, row->at_ns);
    use->bind(3, row->sandbox);
    bind_bytes(*use, 4, row->record);
    bind_bytes(*use, 5, row->uid);
    use->exec();
  }
}

}  // namespace faastax::store
