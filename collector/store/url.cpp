// SPDX-License-Identifier: Apache-2.0
#include "collector/store/url.hpp"

#include <algorithm>
#include <string_view>

#include "collector/store/store.hpp"

namespace faastax::store {

base::Result<Place> place_of(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with("postgres://") || url.starts_with("postgresql://"))
    return Place{Dialect::kPostgres, url};
  const std::string path = url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : url;
  if (path.contains("://")) {
    return base::failure(without_password(url) + ": not a store: use sqlite:PATH, a path or postgres://…");
  }
  if (path.empty()) return base::failure("the store has no path: use sqlite:PATH, a path or postgres://…");
  return Place{Dialect::kSqlite, path};
}

std::string without_password(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  std::string result = url;
  const std::size_t host = scheme + 3;
  const std::size_t at = result.find('@', host);
  const std::size_t colon = result.find(':', host);
  if (at != std::string::npos && colon < at) result.erase(colon, at - colon);
  // libpq takes it as a parameter as well.
  for (std::size_t from = result.find("password="); from != std::string::npos;
       from = result.find("password=", from)) {
    from += std::string_view("password=").size();
    result.erase(from, std::min(result.find('&', from), result.size()) - from);
  }
  return result;
}

}  // namespace faastax::store
