// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <memory>

#include "collector/store/postgres.hpp"
#include "collector/store/postgres_connection.hpp"
#include "collector/store/postgres_text.hpp"
#include "collector/store/schema.hpp"

namespace faastax::store {
namespace {

constexpr int kRowsAtATime = 5000;

/// One state of the database for all that is read in it.
using ReadTransaction =
    pqxx::transaction<pqxx::isolation_level::repeatable_read, pqxx::readwrite_policy::read_only>;

class PostgresReader final : public ReadBackend {
  template <typename Work>
  auto told(const Work& work) {
    return told_for_url(url_, work);
  }

 public:
  explicit PostgresReader(const std::string& url) : url_(url), connection_(with_time_limits(url)) {
    ReadTransaction transaction(connection_);
    if (const std::string unusable = unusable_to_readers(version_of(transaction)); !unusable.empty()) {
      throw DatabaseError(without_password(url_) + ": " + unusable);
    }
  }

  void begin() override {
    told([&] { transaction_ = std::make_unique<ReadTransaction>(connection_); });
  }
  void end() noexcept override { transaction_.reset(); }

  Horizon horizon() override {
    return told([&] { return horizon_of(*transaction_); });
  }

  std::int64_t last_minute() override {
    return told([&] {
      return transaction_
          ->exec1(
              "SELECT coalesce(max(last), 0) FROM generate_series(1, 4) AS c (cube), LATERAL"
              " (SELECT max(start) AS last FROM sums WHERE resolution = 60 AND sums.cube = c.cube) AS m")[0]
          .as<std::int64_t>();
    });
  }

  void each_sum(Cube cube, const Segment& segment, const OnSum& visit) override {
    const std::string query = "SELECT start, cell, totals FROM sums WHERE resolution = " +
                              std::to_string(static_cast<std::int64_t>(segment.resolution)) +
                              " AND cube = " + std::to_string(static_cast<int>(cube)) +
                              " AND start >= " + std::to_string(segment.from_s) + " AND start < " +
                              std::to_string(segment.to_s);
    each_row(query, [&](const pqxx::row& row) {
      visit(from_binary(text_of(row[0])), text_of(row[1]), text_of(row[2]));
    });
  }

  void each_journal_row(const OnText& visit) override {
    each_row("SELECT delta FROM journal", [&](const pqxx::row& row) { visit(text_of(row[0])); });
  }

  void each_event(const Window& window, const OnText& visit) override {
    each_row("SELECT event FROM scaling_event WHERE at >= " + std::to_string(window.start_ns) + " AND at < " +
                 std::to_string(window.end_ns) + " ORDER BY at, id",
             [&](const pqxx::row& row) { visit(text_of(row[0])); });
  }

  void each_sandbox(std::int64_t from_ns, const OnSandbox& visit) override {
    each_row(
        "SELECT id, sandbox FROM instance WHERE at >= " + std::to_string(from_ns),
        [&](const pqxx::row& row) { visit(from_binary(text_of(row[0])), from_binary(text_of(row[1]))); });
  }

  void each_instance(const std::vector<std::int64_t>& ids, const OnText& visit) override {
    ArrayText array;
    for (const std::int64_t id : ids) array.add(id);
    each_row("SELECT record FROM instance WHERE id = ANY('" + array.text() + "'::bigint[]) ORDER BY at",
             [&](const pqxx::row& row) { visit(text_of(row[0])); });
  }

 private:
  /// In the binary format, which spares both sides the making and reading of text, and a bounded number at a
  /// time: the server makes the next ones while these are visited.
  template <typename Visit>
  void each_row(const std::string& query, const Visit& visit) {
    told([&] {
      transaction_->exec("DECLARE found BINARY NO SCROLL CURSOR FOR " + query);
      const std::string command = "FETCH " + std::to_string(kRowsAtATime) + " FROM found";
      const auto fetch = [&] { return transaction_->exec(command); };
      pqxx::result rows = fetch();
      while (rows.size() == kRowsAtATime) {
        auto next =
            std::async(std::launch::async, fetch);  // nothing else uses the connection until it is here
        for (const pqxx::row& row : rows) visit(row);
        rows = next.get();
      }
      for (const pqxx::row& row : rows) visit(row);
      transaction_->exec("CLOSE found");
    });
  }

  std::string url_;
  pqxx::connection connection_;
  std::unique_ptr<ReadTransaction> transaction_;
};

}  // namespace

std::unique_ptr<ReadBackend> read_postgres(const std::string& url) {
  return told_for_url(
      url, [&]() -> std::unique_ptr<ReadBackend> { return std::make_unique<PostgresReader>(url); });
}

}  // namespace faastax::store
