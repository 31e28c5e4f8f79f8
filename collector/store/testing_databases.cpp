// SPDX-License-Identifier: Apache-2.0
#include "collector/store/testing_databases.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <pqxx/pqxx>

#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"

namespace faastax::store::testing {
namespace {

std::string next_name() {
  static int number = 0;
  return fmt::format("faastax_store_test_{}_{}", getpid(), ++number);
}

class SqliteFile final : public Database {
 public:
  ~SqliteFile() override { std::filesystem::remove_all(folder_); }
  std::string url() const override { return "sqlite:" + (folder_ / "store.db").string(); }
  void execute(const std::string& sql) override {
    SQLite::Database(folder_ / "store.db", SQLite::OPEN_READWRITE).exec(sql);
  }

 private:
  static std::filesystem::path made() {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / next_name();
    std::filesystem::create_directories(folder);
    return folder;
  }
  std::filesystem::path folder_ = made();
};

class PostgresSchema final : public Database {
 public:
  explicit PostgresSchema(std::string server) : server_(std::move(server)) {
    run(server_, "CREATE SCHEMA " + name_);
  }
  ~PostgresSchema() override { run(server_, "DROP SCHEMA " + name_ + " CASCADE"); }
  std::string url() const override {
    return server_ + (server_.contains('?') ? "&" : "?") + "options=-csearch_path%3D" + name_;
  }
  void execute(const std::string& sql) override { run(url(), sql); }

 private:
  static void run(const std::string& url, const std::string& sql) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection).exec(sql);
  }
  std::string server_;
  std::string name_ = next_name();
};

const char* postgres_server() { return std::getenv("FAASTAX_TEST_POSTGRES"); }

std::string text_of(const Verdict& verdict) {
  switch (verdict.outcome) {
    case Outcome::kNew:
      return "new";
    case Outcome::kReplaced:
      return "replaced";
    case Outcome::kRepeated:
      return "repeated";
    case Outcome::kRefused:
      break;
  }
  return verdict.reason;
}

}  // namespace

std::vector<std::string> databases() {
  if (postgres_server() == nullptr) return {"sqlite"};
  return {"sqlite", "postgres"};
}

std::unique_ptr<Database> make_database(const std::string& kind) {
  if (kind == "postgres") return std::make_unique<PostgresSchema>(postgres_server());
  return std::make_unique<SqliteFile>();
}

std::unique_ptr<Store> StoreTest::opened() const { return taken(open(database_->url())); }

std::unique_ptr<Reader> StoreTest::reader() const { return taken(open_reader(database_->url())); }

std::vector<std::string> StoreTest::put_to(Store& store, const std::vector<v1::Record>& records) {
  std::vector<const v1::Record*> pointers;
  for (const v1::Record& record : records) pointers.push_back(&record);
  const base::Result<PutResult> result = store.put(pointers, {});
  if (!result) throw std::runtime_error(result.error());
  std::vector<std::string> texts;
  for (const Verdict& verdict : result->records) texts.push_back(text_of(verdict));
  return texts;
}

std::vector<std::string> StoreTest::put(const std::vector<v1::Record>& records) {
  return put_to(*store_, records);
}

}  // namespace faastax::store::testing
