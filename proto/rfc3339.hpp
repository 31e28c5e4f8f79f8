// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Instants as text (RFC 3339).
namespace faastax::scaling {

/// Nanoseconds since the Unix epoch; from 1678 to 2261.
using UnixTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// "2026-01-01T00:00:00Z", with a fraction of any length (beyond nanoseconds it is cut) or an offset such as
/// +01:00. A leap second is the first moment of the next minute. Absent: no such time, or none in range.
std::optional<UnixTime> parse_rfc3339(std::string_view text);

/// In UTC with 3, 6 or 9 decimals, as many as it takes: parsing it again gives the same instant.
std::string to_rfc3339(UnixTime time);

}  // namespace faastax::scaling
