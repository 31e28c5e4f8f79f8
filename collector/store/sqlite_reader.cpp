// SPDX-License-Identifier: Apache-2.0
#include "collector/store/schema.hpp"
#include "collector/store/sqlite.hpp"
#include "collector/store/sqlite_connection.hpp"

namespace faastax::store {
namespace {

constexpr int kReadPatienceMs = 5000;

SQLite::Database opened_to_read(const std::string& path) {
  SQLite::Database database(path, SQLite::OPEN_READONLY, kReadPatienceMs);
  if (const std::string unusable = unusable_to_readers(version_of(database)); !unusable.empty()) {
    throw DatabaseError(path + ": " + unusable);
  }
  database.exec("PRAGMA cache_size = -32768; PRAGMA mmap_size = 1073741824");
  return database;
}

class SqliteReader final : public ReadBackend {
  template <typename Work>
  auto told(const Work& work) {
    return told_for(path_, work);
  }

 public:
  explicit SqliteReader(const std::string& path) : path_(path), database_(opened_to_read(path)) {}

  void begin() override {
    told([&] { database_.exec("BEGIN"); });
  }
  void end() noexcept override { database_.tryExec("ROLLBACK"); }

  Horizon horizon() override {
    return told([&] { return horizon_of(database_); });
  }

  std::int64_t last_minute() override {
    return told([&] {
      std::int64_t last = 0;
      for (const Cube cube : {Cube::kFunction, Cube::kNode, Cube::kFleetLedger, Cube::kNodeLedger}) {
        SQLite::Statement read(database_,
                               "SELECT coalesce(max(start), 0) FROM sums WHERE resolution = 60 AND cube = ?");
        read.bind(1, static_cast<std::int64_t>(cube));
        if (read.executeStep()) last = std::max(last, read.getColumn(0).getInt64());
      }
      return last;
    });
  }

  void each_sum(Cube cube, const Segment& segment, const OnSum& visit) override {
    told([&] {
      SQLite::Statement read(
          database_,
          "SELECT start, cell, totals FROM sums WHERE resolution = ? AND cube = ? AND start >= ?"
          " AND start < ?");
      read.bind(1, static_cast<std::int64_t>(segment.resolution));
      read.bind(2, static_cast<std::int64_t>(cube));
      read.bind(3, segment.from_s);
      read.bind(4, segment.to_s);
      while (read.executeStep()) {
        visit(read.getColumn(0).getInt64(), text_of(read.getColumn(1)), text_of(read.getColumn(2)));
      }
    });
  }

  void each_journal_row(const OnText& visit) override {
    told([&] {
      SQLite::Statement read(database_, "SELECT delta FROM journal");
      while (read.executeStep()) visit(text_of(read.getColumn(0)));
    });
  }

  void each_event(const Window& window, const OnText& visit) override {
    told([&] {
      SQLite::Statement read(database_,
                             "SELECT event FROM scaling_event WHERE at >= ? AND at < ? ORDER BY at, id");
      read.bind(1, window.start_ns);
      read.bind(2, window.end_ns);
      while (read.executeStep()) visit(text_of(read.getColumn(0)));
    });
  }

  void each_sandbox(std::int64_t from_ns, const OnSandbox& visit) override {
    told([&] {
      SQLite::Statement read(database_, "SELECT id, sandbox FROM instance WHERE at >= ?");
      read.bind(1, from_ns);
      while (read.executeStep()) visit(read.getColumn(0).getInt64(), read.getColumn(1).getInt64());
    });
  }

  void each_instance(const std::vector<std::int64_t>& ids, const OnText& visit) override {
    told([&] {
      SQLite::Statement read(database_, "SELECT record FROM instance WHERE id = ?");
      for (const std::int64_t id : ids) {
        read.bind(1, id);
        if (read.executeStep()) visit(text_of(read.getColumn(0)));
        read.reset();
      }
    });
  }

 private:
  std::string path_;
  SQLite::Database database_;
};

}  // namespace

std::unique_ptr<ReadBackend> read_sqlite(const std::string& path) {
  return told_for(path,
                  [&]() -> std::unique_ptr<ReadBackend> { return std::make_unique<SqliteReader>(path); });
}

}  // namespace faastax::store
