// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "collector/store/backend.hpp"

/// SQLiteCpp in the way that the store uses it.
namespace faastax::store {

/// "PATH: what is wrong".
DatabaseError error_of(const std::string& path, const SQLite::Exception& error);

/// Calls `work`; the library's exceptions become ours.
template <typename Work>
auto told_for(const std::string& path, const Work& work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    throw error_of(path, error);
  }
}

/// A statement made ready for its next use, also when this one fails.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  ~Use() { statement_.tryReset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  SQLite::Statement* operator->() { return &statement_; }
  SQLite::Statement& operator*() { return statement_; }

 private:
  SQLite::Statement& statement_;
};

/// A version of our tables; 0: there are none.
int version_of(SQLite::Database& database);

/// A value of the table of settings; 0: it has none.
std::int64_t setting_of(SQLite::Database& database, const char* name);
Horizon horizon_of(SQLite::Database& database);

inline std::string_view text_of(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

/// The text must live until the statement is reset.
inline void bind_bytes(SQLite::Statement& statement, int index, std::string_view bytes) {
  statement.bindNoCopy(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

}  // namespace faastax::store
