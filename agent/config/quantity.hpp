// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

/// Numbers with a unit, as a configuration file has them: a whole number, its unit right behind it.
namespace faastax::config {

/// "250ms", "15s", "5m", "1h". A bare number is an error: nobody could tell its unit.
std::expected<std::chrono::milliseconds, std::string> parse_duration(std::string_view text);

/// "8MiB", "64KiB", "1GiB", or a bare number of bytes.
std::expected<std::uint64_t, std::string> parse_bytes(std::string_view text);

std::expected<std::uint64_t, std::string> parse_count(std::string_view text);

/// In the largest unit that fits without a rest.
std::string to_string(std::chrono::milliseconds duration);

}  // namespace faastax::config
