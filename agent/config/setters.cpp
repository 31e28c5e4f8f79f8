// SPDX-License-Identifier: Apache-2.0
#include "agent/config/setters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "agent/config/quantity.hpp"

namespace faastax::config {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 6> kLogLevels = {"trace", "debug", "info", "warn", "error", "off"};

}  // namespace

Setter period(milliseconds& field, milliseconds least, milliseconds most) {
  return [&field, least, most](const std::string& text) -> std::optional<std::string> {
    const auto parsed = parse_duration(text);
    if (!parsed) return parsed.error();
    if (*parsed < least || *parsed > most) {
      return fmt::format("must be from {} to {}", to_string(least), to_string(most));
    }
    field = *parsed;
    return std::nullopt;
  };
}

Setter count(std::uint32_t& field, std::uint32_t least, std::uint32_t most) {
  return [&field, least, most](const std::string& text) -> std::optional<std::string> {
    const auto parsed = parse_count(text);
    if (!parsed) return parsed.error();
    if (*parsed < least || *parsed > most) return fmt::format("must be from {} to {}", least, most);
    field = static_cast<std::uint32_t>(*parsed);
    return std::nullopt;
  };
}

Setter bytes(std::uint64_t& field, std::uint64_t least, std::uint64_t most) {
  return [&field, least, most](const std::string& text) -> std::optional<std::string> {
    const auto parsed = parse_bytes(text);
    if (!parsed) return parsed.error();
    if (*parsed < least || *parsed > most) return fmt::format("must be from {} to {} bytes", least, most);
    field = *parsed;
    return std::nullopt;
  };
}

Setter folder(std::filesystem::path& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    if (!text.starts_with('/')) return fmt::format("'{}' is no absolute path", text);
    field = text;
    return std::nullopt;
  };
}

Setter endpoint(http::Endpoint& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    const auto parsed = http::parse_endpoint(text);
    if (!parsed) return parsed.error();
    field = *parsed;
    return std::nullopt;
  };
}

Setter log_level(std::string& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    if (std::ranges::find(kLogLevels, text) == kLogLevels.end()) {
      return fmt::format("'{}' is none of {}", text, fmt::join(kLogLevels, ", "));
    }
    field = text;
    return std::nullopt;
  };
}

Setter flag(bool& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    if (text != "true" && text != "false") return fmt::format("'{}' is neither true nor false", text);
    field = text == "true";
    return std::nullopt;
  };
}

Setter path(std::filesystem::path& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    field = text;
    return std::nullopt;
  };
}

}  // namespace faastax::config
