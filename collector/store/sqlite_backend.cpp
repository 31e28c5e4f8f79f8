// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <array>
#include <optional>

#include "collector/store/schema.hpp"
#include "collector/store/sqlite.hpp"
#include "collector/store/sqlite_connection.hpp"
#include "collector/store/sqlite_instances.hpp"

namespace faastax::store {
namespace {

constexpr int kBusyMilliseconds = 5000;

/// WAL with FULL: a commit is on the disk before it returns. The page size fits records of about 500 bytes
/// and sums with histograms of a few kilobytes; the cache holds the index pages that batches of many nodes
/// touch.
constexpr const char* kSettings =
    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = "
    "-65536;"
    " PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864";

void migrate(SQLite::Database& database, const std::string& path) {
  database.exec("BEGIN IMMEDIATE");
  database.exec("CREATE TABLE IF NOT EXISTS faastax_schema (version INTEGER NOT NULL)");
  const int found = version_of(database);
  if (const std::string newer = newer_schema(found); !newer.empty()) {
    database.exec("ROLLBACK");
    throw DatabaseError(path + ": " + newer);
  }
  for (int version = found + 1; version <= schema_version(); ++version) {
    for (const std::string& statement : migration(version, Dialect::kSqlite)) database.exec(statement);
    SQLite::Statement note(database, "INSERT INTO faastax_schema VALUES (?)");
    note.bind(1, version);
    note.exec();
  }
  database.exec("COMMIT");
}

/// Once, before the library is used: it need not count its memory, which takes a lock each time.
void set_up_library() { [[maybe_unused]] static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// Settings first: a database's page size is fixed with its first table.
SQLite::Database opened(const std::string& path) {
  set_up_library();
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds);
  database.exec(kSettings);
  migrate(database, path);
  return database;
}

class SqliteBackend final : public Backend {
  template <typename Work>
  auto told(const Work& work) {
    return told_for(path_, work);
  }

 public:
  explicit SqliteBackend(const std::string& path) : path_(path), database_(opened(path)) {}

  void begin() override {
    told([&] { database_.exec("BEGIN IMMEDIATE"); });
  }
  void commit() override {
    told([&] { database_.exec("COMMIT"); });
  }
  void rollback() noexcept override { database_.tryExec("ROLLBACK"); }

  std::vector<Conflict> insert_instances(const std::vector<InstanceRow>& rows) override {
    return told([&] { return instances_.insert(rows); });
  }
  void replace_instances(const std::vector<const InstanceRow*>& rows) override {
    told([&] { instances_.replace(rows); });
  }
  std::vector<bool> insert_ledgers(const std::vector<LedgerRow>& rows) override;
  std::vector<bool> insert_events(const std::vector<EventRow>& rows) override;
  void append_journal(const std::string& delta) override;
  void insert_decisions(const std::vector<DecisionRow>& rows) override;
  void insert_placements(const std::vector<PlacementRow>& rows) override;
  std::map<std::string, std::string> policies_of(const std::vector<std::string_view>& sandboxes) override;
  std::vector<Unlooked> unlooked(std::int64_t again_before_ns, std::size_t most) override;
  void set_looked(const std::vector<Unlooked>& rows, std::int64_t again_before_ns) override;
  std::vector<StoredInstance> instances_of(const std::set<std::int64_t>& sandboxes,
                                           std::int64_t from_ns) override;
  bool lock_maintenance() override { return true; }
  std::vector<JournalRow> read_journal(std::size_t most_bytes) override;
  void remove_journal(const std::vector<JournalRow>& rows) override;
  void read_sums(std::vector<SumRow>& rows) override;
  void write_sums(const std::vector<SumRow>& rows) override;
  Horizon horizon() override;
  void set_horizon(const Horizon& horizon) override;
  std::size_t remove_raw(RawTable table, std::int64_t before_ns, std::size_t most) override;
  std::size_t remove_sums(Resolution resolution, std::int64_t before_s, std::size_t most) override;
  void touch() override;

 private:
  void set(const char* name, std::int64_t value);

  std::string path_;
  SQLite::Database database_;
  SqliteInstances instances_{database_};
  SQLite::Statement insert_ledger_{
      database_,
      "INSERT INTO node_ledger (agent, sequence, at, record) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"};
  SQLite::Statement insert_event_{
      database_,
      "INSERT INTO scaling_event (source, event_id, at, event) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"};
  SQLite::Statement append_journal_{database_, "INSERT INTO journal (delta) VALUES (?)"};
  SQLite::Statement read_journal_{database_, "SELECT id, delta FROM journal ORDER BY id"};
  SQLite::Statement remove_journal_{database_, "DELETE FROM journal WHERE id = ?"};
  SQLite::Statement read_sum_{
      database_, "SELECT totals FROM sums WHERE resolution = ? AND cube = ? AND start = ? AND cell = ?"};
  SQLite::Statement write_sum_{
      database_,
      "INSERT INTO sums (resolution, cube, start, cell, totals) VALUES (?, ?, ?, ?, ?)"
      " ON CONFLICT (resolution, cube, start, cell) DO UPDATE SET totals = excluded.totals"};
};

std::vector<bool> SqliteBackend::insert_ledgers(const std::vector<LedgerRow>& rows) {
  std::vector<bool> fresh;
  told([&] {
    for (const LedgerRow& row : rows) {
      Use insert(insert_ledger_);
      insert->bindNoCopy(1, row.agent);
      insert->bind(2, row.sequence);
      insert->bind(3, row.at_ns);
      bind_bytes(*insert, 4, row.record);
      fresh.push_back(insert->exec() != 0);
    }
  });
  return fresh;
}

std::vector<bool> SqliteBackend::insert_events(const std::vector<EventRow>& rows) {
  std::vector<bool> fresh;
  told([&] {
    for (const EventRow& row : rows) {
      Use insert(insert_event_);
      insert->bindNoCopy(1, row.source);
      insert->bindNoCopy(2, row.id);
      insert->bind(3, row.at_ns);
      insert->bindNoCopy(4, row.json);
      fresh.push_back(insert->exec() != 0);
    }
  });
  return fresh;
}

void SqliteBackend::append_journal(const std::string& delta) {
  told([&] {
    Use append(append_journal_);
    bind_bytes(*append, 1, delta);
    append->exec();
  });
}

void SqliteBackend::insert_decisions(const std::vector<DecisionRow>& rows) {
  told([&] {
    SQLite::Statement insert(database_, "INSERT INTO decision VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
    for (const DecisionRow& row : rows) {
      Use use(insert);
      use->bindNoCopy(1, row.source);
      use->bindNoCopy(2, row.id);
      use->bind(3, row.at_ns);
      use->bindNoCopy(4, row.policy);
      use->exec();
    }
  });
}

void SqliteBackend::insert_placements(const std::vector<PlacementRow>& rows) {
  told([&] {
    SQLite::Statement insert(database_,
                             "INSERT INTO placement VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING");
    for (const PlacementRow& row : rows) {
      Use use(insert);
      use->bindNoCopy(1, row.sandbox);
      use->bindNoCopy(2, row.source);
      use->bindNoCopy(3, row.decision_id);
      use->bind(4, row.at_ns);
      use->exec();
    }
  });
}

std::map<std::string, std::string> SqliteBackend::policies_of(
    const std::vector<std::string_view>& sandboxes) {
  std::map<std::string, std::string> result;
  told([&] {
    if (database_.execAndGet("SELECT EXISTS (SELECT 1 FROM placement)").getInt() == 0) return;
    SQLite::Statement find(
        database_,
        "SELECT policy FROM placement JOIN decision USING (source, decision_id) WHERE sandbox = ?");
    std::string text;
    for (const std::string_view sandbox : sandboxes) {
      Use use(find);
      text = sandbox;
      use->bindNoCopy(1, text);
      if (use->executeStep()) result[text] = text_of(use->getColumn(0));
    }
  });
  return result;
}

std::vector<Unlooked> SqliteBackend::unlooked(std::int64_t again_before_ns, std::size_t most) {
  std::vector<Unlooked> rows;
  told([&] {
    SQLite::Statement find(
        database_,
        "SELECT sandbox, policy, p.at FROM placement p JOIN decision USING (source, decision_id)"
        " WHERE looked = 0 OR (looked = 1 AND p.at < ?) LIMIT ?");
    find.bind(1, again_before_ns);
    find.bind(2, static_cast<std::int64_t>(most));
    while (find.executeStep()) {
      rows.push_back({std::string(text_of(find.getColumn(0))), std::string(text_of(find.getColumn(1))),
                      find.getColumn(2).getInt64()});
    }
  });
  return rows;
}

void SqliteBackend::set_looked(const std::vector<Unlooked>& rows, std::int64_t again_before_ns) {
  told([&] {
    SQLite::Statement set(database_, "UPDATE placement SET looked = ? WHERE sandbox = ?");
    for (const Unlooked& row : rows) {
      Use use(set);
      use->bind(1, row.at_ns < again_before_ns ? 2 : 1);
      use->bindNoCopy(2, row.sandbox);
      use->exec();
    }
  });
}

std::vector<StoredInstance> SqliteBackend::instances_of(const std::set<std::int64_t>& sandboxes,
                                                        std::int64_t from_ns) {
  std::vector<StoredInstance> rows;
  told([&] {
    SQLite::Statement scan(database_, "SELECT id, sandbox FROM instance WHERE at >= ?");
    SQLite::Statement read(database_, "SELECT uid, sequence, at, record FROM instance WHERE id = ?");
    scan.bind(1, from_ns);
    while (scan.executeStep()) {
      const std::int64_t sandbox = scan.getColumn(1).getInt64();
      if (!sandboxes.contains(sandbox)) continue;
      Use use(read);
      use->bind(1, scan.getColumn(0).getInt64());
      if (!use->executeStep()) continue;
      rows.push_back({{std::string(text_of(use->getColumn(0))), use->getColumn(1).getInt64(),
                       use->getColumn(2).getInt64(), sandbox},
                      std::string(text_of(use->getColumn(3)))});
    }
  });
  return rows;
}

std::vector<JournalRow> SqliteBackend::read_journal(std::size_t most_bytes) {
  std::vector<JournalRow> rows;
  told([&] {
    Use read(read_journal_);
    for (std::size_t bytes = 0; bytes < most_bytes && read->executeStep();
         bytes += rows.back().delta.size()) {
      rows.push_back({read->getColumn(0).getInt64(), std::string(text_of(read->getColumn(1)))});
    }
  });
  return rows;
}

void SqliteBackend::remove_journal(const std::vector<JournalRow>& rows) {
  told([&] {
    for (const JournalRow& row : rows) {
      Use remove(remove_journal_);
      remove->bind(1, row.id);
      remove->exec();
    }
  });
}

void bind_cell(SQLite::Statement& statement, const SumRow& row) {
  statement.bind(1, static_cast<std::int64_t>(row.resolution));
  statement.bind(2, static_cast<std::int64_t>(row.cell.cube));
  statement.bind(3, row.cell.start_s);
  bind_bytes(statement, 4, row.cell.key);
}

void SqliteBackend::read_sums(std::vector<SumRow>& rows) {
  told([&] {
    for (SumRow& row : rows) {
      Use read(read_sum_);
      bind_cell(*read, row);
      if (read->executeStep()) row.totals = text_of(read->getColumn(0));
    }
  });
}

void SqliteBackend::write_sums(const std::vector<SumRow>& rows) {
  told([&] {
    for (const SumRow& row : rows) {
      Use write(write_sum_);
      bind_cell(*write, row);
      bind_bytes(*write, 5, row.totals);
      write->exec();
    }
  });
}

void SqliteBackend::set(const char* name, std::int64_t value) {
  SQLite::Statement write(
      database_, "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  write.bindNoCopy(1, name);
  write.bind(2, value);
  write.exec();
}

Horizon SqliteBackend::horizon() {
  return told([&] { return horizon_of(database_); });
}

void SqliteBackend::set_horizon(const Horizon& horizon) {
  told([&] {
    for (const HorizonSetting& setting : kHorizonSettings) set(setting.name, horizon.*setting.value);
  });
}

std::size_t SqliteBackend::remove_raw(RawTable table, std::int64_t before_ns, std::size_t most) {
  constexpr std::array<const char*, kRawTables.size()> kRemovals = {
      "DELETE FROM instance WHERE id IN (SELECT id FROM instance WHERE at < ? LIMIT ?)",
      "DELETE FROM node_ledger WHERE id IN (SELECT id FROM node_ledger WHERE at < ? LIMIT ?)",
      "DELETE FROM scaling_event WHERE id IN (SELECT id FROM scaling_event WHERE at < ? LIMIT ?)",
      "DELETE FROM decision WHERE rowid IN (SELECT rowid FROM decision WHERE at < ? LIMIT ?)",
      "DELETE FROM placement WHERE rowid IN (SELECT rowid FROM placement WHERE at < ? LIMIT ?)"};
  return told([&] {
    SQLite::Statement remove(database_, kRemovals.at(static_cast<std::size_t>(table)));
    remove.bind(1, before_ns);
    remove.bind(2, static_cast<std::int64_t>(most));
    return static_cast<std::size_t>(remove.exec());
  });
}

std::size_t SqliteBackend::remove_sums(Resolution resolution, std::int64_t before_s, std::size_t most) {
  return told([&] {
    SQLite::Statement remove(database_,
                             "DELETE FROM sums WHERE id IN (SELECT id FROM sums WHERE resolution = ?1 AND"
                             " cube IN (1, 2, 3, 4) AND start < ?2 LIMIT ?3)");
    remove.bind(1, static_cast<std::int64_t>(resolution));
    remove.bind(2, before_s);
    remove.bind(3, static_cast<std::int64_t>(most));
    return static_cast<std::size_t>(remove.exec());
  });
}

void SqliteBackend::touch() {
  told([&] { set("touched", setting_of(database_, "touched") + 1); });
}

}  // namespace

std::unique_ptr<Backend> connect_sqlite(const std::string& path) {
  return told_for(path, [&]() -> std::unique_ptr<Backend> { return std::make_unique<SqliteBackend>(path); });
}

}  // namespace faastax::store
