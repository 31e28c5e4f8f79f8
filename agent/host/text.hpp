// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading the small texts of /proc and /sys.
namespace faastax::host {

/// Absent when it cannot be read, as when the process or cgroup has gone.
std::optional<std::string> read_text(const std::filesystem::path& file);

/// Without what surrounds it: spaces, tabs, line ends.
std::string_view trimmed(std::string_view text);

/// Parts between separators, empty ones left out.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

/// Whether `name` is one of the parts of `list` between separators.
bool lists(std::string_view list, std::string_view separators, std::string_view name);

/// The value of a line "key:   value" of /proc/<pid>/status and its like; empty when there is none.
std::string_view value_of(std::string_view text, std::string_view key);

/// The whole text as a number; absent otherwise.
template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || at != end) return std::nullopt;
  return number;
}

}  // namespace faastax::host
