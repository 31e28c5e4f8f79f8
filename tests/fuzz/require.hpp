// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What fuzzers assert beside that nothing crashes.
namespace faastax::fuzz {

/// Ends the program, which the fuzzer takes for a crash, unless it holds.
inline void require(bool holds, std::string_view what, std::string_view found = "") {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s: \"%.*s\"\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(found.size()), found.data());
  std::abort();
}

inline bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// An error that people can read: one line, and not an empty one.
inline void require_line(std::string_view error) {
  require(!error.empty(), "an error says what is wrong");
  require(!has_control(error), "an error is one line", error);
}

/// A name that may go into labels, tables and terminals.
inline void require_name(std::string_view name) {
  require(!has_control(name), "a name has no control characters", name);
}

}  // namespace faastax::fuzz
