// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faastax::store {

/// "<boot id>-<16 hex digits>" as bytes in the order of time within a boot: 25 of them where the boot id is a
/// UUID. Absent: it is not of that form.
std::optional<std::string> pack_uid(std::string_view uid);

/// FNV-1a, 64 bits: the same on every machine.
std::int64_t hash_of(std::string_view text);

}  // namespace faastax::store
