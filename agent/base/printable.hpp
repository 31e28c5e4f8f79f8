// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Text of others, on its way into a log or onto a terminal.
namespace faastax::base {

constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Whether it has a character that ends a line or that a terminal takes for a command.
inline bool has_control(std::string_view text) { return std::ranges::any_of(text, is_control); }

/// With "?" in place of these.
inline std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, is_control, '?');
  return result;
}

}  // namespace faastax::base
