// SPDX-License-Identifier: Apache-2.0
#include "collector/store/postgres_connection.hpp"

#include <algorithm>

#include "collector/store/postgres_text.hpp"

namespace faastax::store {

DatabaseError error_of(const std::string& url, const std::exception& error) {
  std::string text = error.what();
  for (const std::string_view severity : {"ERROR:  ", "FATAL:  "}) {
    if (const std::size_t at = text.find(severity); at != std::string::npos)
      text.erase(0, at + severity.size());
  }
  text.erase(std::min(text.find('\n'), text.size()));
  return DatabaseError(without_password(url.substr(0, url.find('?'))) + ": " + text);
}

int version_of(pqxx::transaction_base& transaction) {
  if (transaction.exec1("SELECT to_regclass('faastax_schema')")[0].is_null()) return 0;
  return transaction.exec1("SELECT coalesce(max(version), 0) FROM faastax_schema")[0].as<int>();
}

Horizon horizon_of(pqxx::transaction_base& transaction) {
  Horizon result;
  for (const pqxx::row& row : transaction.exec("SELECT name, value FROM setting")) {
    const std::string_view name = text_of(row[0]);
    const auto* const known = std::ranges::find(kHorizonSettings, name, &HorizonSetting::name);
    if (known != kHorizonSettings.end()) result.*known->value = row[1].as<std::int64_t>();
  }
  return result;
}

}  // namespace faastax::store
