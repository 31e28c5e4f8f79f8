// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <expected>
#include <string>

namespace faastax::base {

/// A value, or one line that says what is wrong and what to do about it.
template <typename T>
using Result = std::expected<T, std::string>;

inline std::unexpected<std::string> failure(std::string text) { return std::unexpected(std::move(text)); }

/// "WHAT: STRERROR".
inline std::unexpected<std::string> failure(const std::string& what, int error_number) {
  return std::unexpected(what + ": " + std::strerror(error_number));
}

}  // namespace faastax::base
