// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The tables, and how they came to be.
namespace faastax::store {

enum class Dialect : std::uint8_t { kSqlite, kPostgres };

/// The version that this program reads and writes.
int schema_version();

/// Statements that make version `version` (from 1) out of the one before it.
std::vector<std::string> migration(int version, Dialect dialect);

/// Why a database with this version cannot be used; empty: it can. 0: it has no tables of ours.
std::string newer_schema(int found);
std::string unusable_to_readers(int found);

}  // namespace faastax::store
