// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/base/result.hpp"
#include "collector/store/schema.hpp"

namespace faastax::store {

/// Where a store is.
struct Place {
  Dialect dialect = Dialect::kSqlite;
  std::string text;  ///< SQLite's file, or PostgreSQL's URL
  bool operator==(const Place&) const = default;
};

/// Of a store's URL: see open(). A scheme that is not known is an error.
base::Result<Place> place_of(const std::string& url);

}  // namespace faastax::store
