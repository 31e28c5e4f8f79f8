// SPDX-License-Identifier: Apache-2.0
#include "collector/store/sqlite_connection.hpp"

#include <sqlite3.h>

namespace faastax::store {

DatabaseError error_of(const std::string& path, const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_FULL:
      return DatabaseError(path + ": the disk is full");
    case SQLITE_READONLY:
      return DatabaseError(path + ": it cannot be written to (read-only disk or missing permission)");
    case SQLITE_BUSY:
      return DatabaseError(
          path + ": another process keeps it locked; one collector alone writes to an SQLite store");
    case SQLITE_NOTADB:
      return DatabaseError(path + ": no SQLite database");
    default:
      return DatabaseError(path + ": " + error.what());
  }
}

int version_of(SQLite::Database& database) {
  if (!database.tableExists("faastax_schema")) return 0;
  return database.execAndGet("SELECT coalesce(max(version), 0) FROM faastax_schema").getInt();
}

std::int64_t setting_of(SQLite::Database& database, const char* name) {
  SQLite::Statement read(database, "SELECT value FROM setting WHERE name = ?");
  read.bindNoCopy(1, name);
  return read.executeStep() ? read.getColumn(0).getInt64() : 0;
}

Horizon horizon_of(SQLite::Database& database) {
  Horizon result;
  for (const HorizonSetting& setting : kHorizonSettings)
    result.*setting.value = setting_of(database, setting.name);
  return result;
}

}  // namespace faastax::store
