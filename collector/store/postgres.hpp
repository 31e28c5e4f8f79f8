// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "collector/store/backend.hpp"

namespace faastax::store {

/// More than the server's own limit for a lock, and such that a server that hangs is known within half a
/// minute.
inline constexpr std::chrono::milliseconds kAnswerWithin{15'000};

/// A database on a server. Throws DatabaseError, as all calls of both do; also when the server has not
/// answered a statement for this long.
std::unique_ptr<Backend> connect_postgres(const std::string& url,
                                          std::chrono::milliseconds answer_within = kAnswerWithin);

/// The same, to read; nothing is made.
std::unique_ptr<ReadBackend> read_postgres(const std::string& url);

}  // namespace faastax::store
