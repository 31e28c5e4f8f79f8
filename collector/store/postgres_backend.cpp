// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "collector/store/postgres.hpp"
#include "collector/store/postgres_connection.hpp"
#include "collector/store/postgres_text.hpp"
#include "collector/store/schema.hpp"
#include "collector/store/stall_guard.hpp"

namespace faastax::store {
namespace {

/// Each call sends one statement with an array a column. Rows go in in the order of their keys, so that two
/// collectors that store the same ones wait for each other and never crosswise.
constexpr std::array<std::array<const char*, 2>, 9> kStatements = {{
    {"insert_instances",
     "WITH come AS (SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])"
     " WITH ORDINALITY AS c (uid, sequence, at, sandbox, record, n)),"
     " stored AS (INSERT INTO instance (uid, sequence, at, sandbox, record)"
     " SELECT uid, sequence, at, sandbox, record FROM come ORDER BY n ON CONFLICT DO NOTHING RETURNING uid)"
     " SELECT n FROM come WHERE uid NOT IN (SELECT uid FROM stored) ORDER BY n"},
    {"find_instances",
     "SELECT uid, sequence, record FROM instance WHERE uid = ANY($1::bytea[]) ORDER BY uid FOR UPDATE"},
    {"replace_instances",
     "UPDATE instance i SET sequence = c.sequence, at = c.at, sandbox = c.sandbox, record = c.record"
     " FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])"
     " AS c (uid, sequence, at, sandbox, record) WHERE i.uid = c.uid"},
    {"insert_ledgers",
     "WITH come AS (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[])"
     " WITH ORDINALITY AS c (agent, sequence, at, record, n)),"
     " stored AS (INSERT INTO node_ledger (agent, sequence, at, record)"
     " SELECT agent, sequence, at, record FROM come ORDER BY n ON CONFLICT DO NOTHING RETURNING agent, "
     "sequence)"
     " SELECT n FROM come JOIN stored USING (agent, sequence)"},
    {"insert_events",
     "WITH come AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])"
     " WITH ORDINALITY AS c (source, event_id, at, event, n)),"
     " stored AS (INSERT INTO scaling_event (source, event_id, at, event)"
     " SELECT source, event_id, at, event FROM come ORDER BY n ON CONFLICT DO NOTHING RETURNING source, "
     "event_id)"
     " SELECT n FROM come JOIN stored USING (source, event_id)"},
    {"read_journal",
     "SELECT id, delta FROM (SELECT id, delta, sum(length(delta)) OVER (ORDER BY id) - length(delta) AS "
     "before"
     " FROM journal ORDER BY id LIMIT 1000) j WHERE before < $1::bigint ORDER BY id"},
    {"read_sums",
     "SELECT k.n, s.totals FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])"
     " WITH ORDINALITY AS k (resolution, cube, start, cell, n)"
     " JOIN sums s ON s.resolution = k.resolution AND s.cube = k.cube AND s.start = k.start AND s.cell = "
     "k.cell"},
    {"write_sums",
     "INSERT INTO sums (resolution, cube, start, cell, totals)"
     " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[])"
     " ON CONFLICT (resolution, cube, start, cell) DO UPDATE SET totals = excluded.totals"},
    {"set",
     "INSERT INTO setting VALUES ($1, $2::bigint) ON CONFLICT (name) DO UPDATE SET value = excluded.value"},
}};

class PostgresBackend final : public Backend {
  template <typename Work>
  auto told(const Work& work) {
    return told_for_url(url_, [&] {
      const StallGuard::Watch watch(guard_, connection_.sock());
      try {
        return work();
      } catch (const std::exception&) {
        if (!guard_.has_cut()) throw;
        throw DatabaseError(
            fmt::format("{}: no answer within {} ms", without_password(url_), guard_.limit().count()));
      }
    });
  }

 public:
  PostgresBackend(const std::string& url, std::chrono::milliseconds answer_within);

  void begin() override {
    told([&] { transaction_ = std::make_unique<pqxx::work>(connection_); });
  }
  void commit() override {
    told([&] { transaction_->commit(); });
    transaction_.reset();
  }
  void rollback() noexcept override {
    const StallGuard::Watch watch(guard_, connection_.sock());
    transaction_.reset();
  }

  std::vector<Conflict> insert_instances(const std::vector<InstanceRow>& rows) override;
  void replace_instances(const std::vector<const InstanceRow*>& rows) override;
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
  bool lock_maintenance() override;
  std::vector<JournalRow> read_journal(std::size_t most_bytes) override;
  void remove_journal(const std::vector<JournalRow>& rows) override;
  void read_sums(std::vector<SumRow>& rows) override;
  void write_sums(const std::vector<SumRow>& rows) override;
  Horizon horizon() override {
    return told([&] { return horizon_of(*transaction_); });
  }
  void set_horizon(const Horizon& horizon) override;
  std::size_t remove_raw(RawTable table, std::int64_t before_ns, std::size_t most) override;
  std::size_t remove_sums(Resolution resolution, std::int64_t before_s, std::size_t most) override;
  void touch() override;

 private:
  void migrate();
  void set_up();
  std::vector<Conflict> conflicts_of(const std::vector<InstanceRow>& rows, const pqxx::result& places);

  std::string url_;
  StallGuard guard_;
  pqxx::connection connection_;
  std::unique_ptr<pqxx::work> transaction_;
};

PostgresBackend::PostgresBackend(const std::string& url, std::chrono::milliseconds answer_within)
    : url_(url), guard_(answer_within), connection_(with_time_limits(url)) {
  told([&] { migrate(); });
  told([&] { set_up(); });
}

void PostgresBackend::set_up() {
  // A collector whose machine went away within a transaction has its rows locked until the server misses it,
  // by default for two hours. The server ends such a one; who waits for a lock says so and tries again.
  connection_.set_variable("idle_in_transaction_session_timeout", "30000");
  connection_.set_variable("lock_timeout", "10000");
  for (const auto& [name, statement] : kStatements) connection_.prepare(name, statement);
}

void PostgresBackend::migrate() {
  // Acknowledged is durable, whatever the server's default.
  connection_.set_variable("synchronous_commit", "on");
  connection_.set_variable("client_min_messages", "warning");
  pqxx::work transaction(connection_);
  transaction.exec("SELECT pg_advisory_xact_lock(hashtext('faastax schema ' || current_schema()))");
  transaction.exec("CREATE TABLE IF NOT EXISTS faastax_schema (version INTEGER NOT NULL)");
  const int found = version_of(transaction);
  if (const std::string newer = newer_schema(found); !newer.empty()) {
    throw DatabaseError(without_password(url_) + ": " + newer);
  }
  for (int version = found + 1; version <= schema_version(); ++version) {
    for (const std::string& statement : migration(version, Dialect::kPostgres)) transaction.exec(statement);
    transaction.exec_params("INSERT INTO faastax_schema VALUES ($1)", version);
  }
  transaction.commit();
}

using Of = BinaryArray::Of;

/// A parameter in the binary format.
pqxx::binarystring binary(const std::string& bytes) { return {bytes.data(), bytes.size()}; }
pqxx::binarystring binary(BinaryArray& array) { return binary(array.bytes()); }

/// The columns of instances.
struct InstanceColumns {
  BinaryArray uids{Of::kBytes}, sequences{Of::kNumber}, times{Of::kNumber}, sandboxes{Of::kNumber},
      records{Of::kBytes};

  void add(const InstanceRow& row) {
    uids.add(row.uid);
    sequences.add(row.sequence);
    times.add(row.at_ns);
    sandboxes.add(row.sandbox);
    records.add(row.record);
  }
};

std::vector<Conflict> PostgresBackend::insert_instances(const std::vector<InstanceRow>& rows) {
  if (rows.empty()) return {};
  return told([&] {
    InstanceColumns columns;
    for (const InstanceRow& row : rows) columns.add(row);
    return conflicts_of(rows, transaction_->exec_prepared(
                                  "insert_instances", binary(columns.uids), binary(columns.sequences),
                                  binary(columns.times), binary(columns.sandboxes), binary(columns.records)));
  });
}

std::vector<Conflict> PostgresBackend::conflicts_of(const std::vector<InstanceRow>& rows,
                                                    const pqxx::result& places) {
  if (places.empty()) return {};
  std::unordered_map<std::string_view, std::size_t> row_of;
  ArrayText uids;
  for (const pqxx::row& place : places) {
    const std::size_t row = place[0].as<std::size_t>() - 1;
    row_of[rows[row].uid] = row;
    uids.add_bytes(rows[row].uid);
  }
  std::vector<Conflict> conflicts;
  for (const pqxx::row& stored : transaction_->exec_prepared("find_instances", uids.text())) {
    conflicts.push_back({row_of.at(from_hex_text(text_of(stored[0]))), stored[1].as<std::int64_t>(),
                         from_hex_text(text_of(stored[2]))});
  }
  return conflicts;
}

void PostgresBackend::replace_instances(const std::vector<const InstanceRow*>& rows) {
  if (rows.empty()) return;
  told([&] {
    InstanceColumns columns;
    for (const InstanceRow* row : rows) columns.add(*row);
    transaction_->exec_prepared("replace_instances", binary(columns.uids), binary(columns.sequences),
                                binary(columns.times), binary(columns.sandboxes), binary(columns.records));
  });
}

/// Marks the places, from 1, that a statement returned.
std::vector<bool> marked(const pqxx::result& places, std::size_t count) {
  std::vector<bool> result(count);
  for (const pqxx::row& place : places) result.at(place[0].as<std::size_t>() - 1) = true;
  return result;
}

std::vector<bool> PostgresBackend::insert_ledgers(const std::vector<LedgerRow>& rows) {
  if (rows.empty()) return {};
  return told([&] {
    const auto columns = columns_of(rows, &LedgerRow::agent, &LedgerRow::sequence, &LedgerRow::at_ns,
                                    [](const LedgerRow& row) { return Bytes{row.record}; });
    return marked(transaction_->exec_prepared("insert_ledgers", pqxx::prepare::make_dynamic_params(columns)),
                  rows.size());
  });
}

std::vector<bool> PostgresBackend::insert_events(const std::vector<EventRow>& rows) {
  if (rows.empty()) return {};
  return told([&] {
    const auto columns =
        columns_of(rows, &EventRow::source, &EventRow::id, &EventRow::at_ns, &EventRow::json);
    return marked(transaction_->exec_prepared("insert_events", pqxx::prepare::make_dynamic_params(columns)),
                  rows.size());
  });
}

void PostgresBackend::append_journal(const std::string& delta) {
  told([&] { transaction_->exec_params("INSERT INTO journal (delta) VALUES ($1::bytea)", binary(delta)); });
}

void PostgresBackend::insert_decisions(const std::vector<DecisionRow>& rows) {
  told([&] {
    const auto columns =
        columns_of(rows, &DecisionRow::source, &DecisionRow::id, &DecisionRow::at_ns, &DecisionRow::policy);
    transaction_->exec_params(
        "INSERT INTO decision (source, decision_id, at, policy)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) ON CONFLICT DO NOTHING",
        pqxx::prepare::make_dynamic_params(columns));
  });
}

void PostgresBackend::insert_placements(const std::vector<PlacementRow>& rows) {
  told([&] {
    const auto columns = columns_of(rows, &PlacementRow::sandbox, &PlacementRow::source,
                                    &PlacementRow::decision_id, &PlacementRow::at_ns);
    transaction_->exec_params(
        "INSERT INTO placement (sandbox, source, decision_id, at, looked)"
        " SELECT *, 0 FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING",
        pqxx::prepare::make_dynamic_params(columns));
  });
}

std::map<std::string, std::string> PostgresBackend::policies_of(
    const std::vector<std::string_view>& sandboxes) {
  return told([&] {
    std::map<std::string, std::string> result;
    if (!transaction_->exec1("SELECT EXISTS (SELECT 1 FROM placement)")[0].as<bool>()) return result;
    ArrayText array;
    for (const std::string_view sandbox : sandboxes) array.add_text(sandbox);
    for (const pqxx::row& row : transaction_->exec_params(
             "SELECT sandbox, policy FROM placement JOIN decision USING (source, decision_id)"
             " WHERE sandbox = ANY($1::text[])",
             array.text())) {
      result[row[0].as<std::string>()] = row[1].as<std::string>();
    }
    return result;
  });
}

std::vector<Unlooked> PostgresBackend::unlooked(std::int64_t again_before_ns, std::size_t most) {
  return told([&] {
    std::vector<Unlooked> rows;
    for (const pqxx::row& row : transaction_->exec_params(
             "SELECT sandbox, policy, p.at FROM placement p JOIN decision USING (source, decision_id)"
             " WHERE looked = 0 OR (looked = 1 AND p.at < $1::bigint) LIMIT $2::bigint",
             again_before_ns, most)) {
      rows.push_back({row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::int64_t>()});
    }
    return rows;
  });
}

void PostgresBackend::set_looked(const std::vector<Unlooked>& rows, std::int64_t again_before_ns) {
  told([&] {
    ArrayText sandboxes;
    for (const Unlooked& row : rows) sandboxes.add_text(row.sandbox);
    transaction_->exec_params(
        "UPDATE placement SET looked = CASE WHEN at < $2::bigint THEN 2 ELSE 1 END WHERE sandbox = "
        "ANY($1::text[])",
        sandboxes.text(), again_before_ns);
  });
}

std::vector<StoredInstance> PostgresBackend::instances_of(const std::set<std::int64_t>& sandboxes,
                                                          std::int64_t from_ns) {
  return told([&] {
    ArrayText array;
    for (const std::int64_t sandbox : sandboxes) array.add(sandbox);
    std::vector<StoredInstance> rows;
    for (const pqxx::row& row : transaction_->exec_params(
             "SELECT uid, sequence, at, sandbox, record FROM instance"
             " WHERE at >= $1::bigint AND sandbox = ANY($2::bigint[]) ORDER BY uid FOR UPDATE",
             from_ns, array.text())) {
      rows.push_back({{from_hex_text(text_of(row[0])), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(),
                       row[3].as<std::int64_t>()},
                      from_hex_text(text_of(row[4]))});
    }
    return rows;
  });
}

bool PostgresBackend::lock_maintenance() {
  return told([&] {
    return transaction_
        ->exec1("SELECT pg_try_advisory_xact_lock(hashtext('faastax upkeep ' || current_schema()))")[0]
        .as<bool>();
  });
}

std::vector<JournalRow> PostgresBackend::read_journal(std::size_t most_bytes) {
  return told([&] {
    std::vector<JournalRow> rows;
    for (const pqxx::row& row : transaction_->exec_prepared("read_journal", most_bytes)) {
      rows.push_back({row[0].as<std::int64_t>(), from_hex_text(text_of(row[1]))});
    }
    return rows;
  });
}

void PostgresBackend::remove_journal(const std::vector<JournalRow>& rows) {
  told([&] {
    ArrayText ids;
    for (const JournalRow& row : rows) ids.add(row.id);
    transaction_->exec_params("DELETE FROM journal WHERE id = ANY($1::bigint[])", ids.text());
  });
}

/// The columns that name sums.
struct SumColumns {
  BinaryArray resolutions{Of::kNumber}, cubes{Of::kNumber}, starts{Of::kNumber}, cells{Of::kBytes};

  explicit SumColumns(const std::vector<SumRow>& rows) {
    for (const SumRow& row : rows) {
      resolutions.add(static_cast<std::int64_t>(row.resolution));
      cubes.add(static_cast<std::int64_t>(row.cell.cube));
      starts.add(row.cell.start_s);
      cells.add(row.cell.key);
    }
  }
};

void PostgresBackend::read_sums(std::vector<SumRow>& rows) {
  told([&] {
    SumColumns columns(rows);
    const pqxx::result found =
        transaction_->exec_prepared("read_sums", binary(columns.resolutions), binary(columns.cubes),
                                    binary(columns.starts), binary(columns.cells));
    for (const pqxx::row& row : found)
      rows.at(row[0].as<std::size_t>() - 1).totals = from_hex_text(text_of(row[1]));
  });
}

void PostgresBackend::write_sums(const std::vector<SumRow>& rows) {
  told([&] {
    SumColumns columns(rows);
    BinaryArray totals(Of::kBytes);
    for (const SumRow& row : rows) totals.add(row.totals);
    transaction_->exec_prepared("write_sums", binary(columns.resolutions), binary(columns.cubes),
                                binary(columns.starts), binary(columns.cells), binary(totals));
  });
}

void PostgresBackend::set_horizon(const Horizon& horizon) {
  told([&] {
    for (const HorizonSetting& setting : kHorizonSettings)
      transaction_->exec_prepared("set", setting.name, horizon.*setting.value);
  });
}

std::size_t PostgresBackend::remove_raw(RawTable table, std::int64_t before_ns, std::size_t most) {
  constexpr std::array<const char*, kRawTables.size()> kRemovals = {
      "DELETE FROM instance WHERE id IN (SELECT id FROM instance WHERE at < $1::bigint LIMIT $2::bigint)",
      "DELETE FROM node_ledger WHERE id IN (SELECT id FROM node_ledger WHERE at < $1::bigint LIMIT "
      "$2::bigint)",
      "DELETE FROM scaling_event WHERE id IN (SELECT id FROM scaling_event WHERE at < $1::bigint LIMIT "
      "$2::bigint)",
      "DELETE FROM decision WHERE ctid IN (SELECT ctid FROM decision WHERE at < $1::bigint LIMIT $2::bigint)",
      "DELETE FROM placement WHERE ctid IN (SELECT ctid FROM placement WHERE at < $1::bigint LIMIT "
      "$2::bigint)"};
  return told([&] {
    return transaction_->exec_params(kRemovals.at(static_cast<std::size_t>(table)), before_ns, most)
        .affected_rows();
  });
}

std::size_t PostgresBackend::remove_sums(Resolution resolution, std::int64_t before_s, std::size_t most) {
  return told([&] {
    return transaction_
        ->exec_params(
            "DELETE FROM sums WHERE id IN (SELECT id FROM sums WHERE resolution = $1::bigint AND cube IN (1, "
            "2, 3, 4)"
            " AND start < $2::bigint LIMIT $3::bigint)",
            static_cast<std::int64_t>(resolution), before_s, most)
        .affected_rows();
  });
}

void PostgresBackend::touch() {
  told([&] { transaction_->exec_prepared("set", "touched", 1); });
}

}  // namespace

std::unique_ptr<Backend> connect_postgres(const std::string& url, std::chrono::milliseconds answer_within) {
  return told_for_url(url, [&]() -> std::unique_ptr<Backend> {
    return std::make_unique<PostgresBackend>(url, answer_within);
  });
}

}  // namespace faastax::store
