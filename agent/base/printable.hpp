// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Text of others, on its way into a log or onto a terminal.
namespace faastax::base {

constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Whether it has a character that ends a line or that a terminal takes for a command. Eight at once: of much
/// text from others each character is looked at.
inline bool has_control(std::string_view text) {
  constexpr std::uint64_t kEach = 0x0101010101010101U;
  constexpr auto any_zero = [](std::uint64_t bytes) {
    return ((bytes - kEach) & ~bytes & 0x80 * kEach) != 0;
  };
  std::uint64_t eight = 0;
  for (; text.size() >= sizeof(eight); text.remove_prefix(sizeof(eight))) {
    std::memcpy(&eight, text.data(), sizeof(eight));
    if (any_zero(eight & 0xe0 * kEach) || any_zero(eight ^ 0x7f * kEach)) return true;
  }
  return std::ranges::any_of(text, is_control);
}

/// With "?" in place of these.
inline std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, is_control, '?');
  return result;
}

}  // namespace faastax::base
