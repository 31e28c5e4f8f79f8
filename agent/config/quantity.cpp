// SPDX-License-Identifier: Apache-2.0
#include "agent/config/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace faastax::config {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Unit, 4> kDurations = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};
constexpr std::array<Unit, 1> kNone = {{{"", 1}}};

/// Both milliseconds of std::chrono and bytes have to fit.
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (text == name && number <= kLargest / factor) return number * factor;
  }
  return std::nullopt;
}

}  // namespace

std::expected<std::chrono::milliseconds, std::string> parse_duration(std::string_view text) {
  if (const auto ms = parse(text, kDurations)) return std::chrono::milliseconds(*ms);
  return std::unexpected(fmt::format("'{}' is no duration like 250ms, 15s, 5m or 1h", text));
}

std::expected<std::uint64_t, std::string> parse_bytes(std::string_view text) {
  if (const auto bytes = parse(text, kSizes)) return *bytes;
  return std::unexpected(fmt::format("'{}' is no size like 8MiB, 64KiB or 65536", text));
}

std::expected<std::uint64_t, std::string> parse_count(std::string_view text) {
  if (const auto count = parse(text, kNone)) return *count;
  return std::unexpected(fmt::format("'{}' is no whole number", text));
}

std::string to_string(std::chrono::milliseconds duration) {
  const auto ms = static_cast<std::uint64_t>(duration.count());
  for (const auto& [name, factor] : kDurations) {
    if (ms % factor == 0 && ms != 0) return fmt::format("{}{}", ms / factor, name);
  }
  return "0s";
}

}  // namespace faastax::config
