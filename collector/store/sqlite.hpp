// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "collector/store/backend.hpp"

namespace faastax::store {

/// A database in a file, made if there is none. Throws DatabaseError, as all calls of both do.
std::unique_ptr<Backend> connect_sqlite(const std::string& path);

/// The same, to read; nothing is made.
std::unique_ptr<ReadBackend> read_sqlite(const std::string& path);

}  // namespace faastax::store
