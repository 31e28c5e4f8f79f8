// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

/// JSON of others: reading and writing it calls itself for each level, and a stack is not endless.
namespace faastax::ledger {

/// More than anything that is read here has.
inline constexpr std::size_t kMostNesting = 64;

/// Whether arrays and objects are in each other deeper than kMostNesting. Of what is no JSON the answer may
/// be either.
inline bool is_nested_too_deep(std::string_view json) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++depth > kMostNesting) return true;
    } else if (!in_string && (c == ']' || c == '}')) {
      depth -= std::min<std::size_t>(depth, 1);
    }
  }
  return false;
}

}  // namespace faastax::ledger
