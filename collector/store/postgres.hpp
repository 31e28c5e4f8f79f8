// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "collector/store/backend.hpp"

namespace faastax::store {

/// A database on a server. Throws DatabaseError, as all calls of both do.
std::unique_ptr<Backend> connect_postgres(const std::string& url);

/// The same, to read; nothing is made.
std::unique_ptr<ReadBackend> read_postgres(const std::string& url);

}  // namespace faastax::store
