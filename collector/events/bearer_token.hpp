// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace faastax::collector {

/// A secret in a file, read again when the file has changed. For one thread.
class BearerToken {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// The error is one line: a file that cannot be read, or is empty.
  static base::Result<BearerToken> open(std::filesystem::path file);

  /// Whether a request with this Authorization header (RFC 6750, 2.1) knows it. Takes as long for a token
  /// that is nearly right as for another.
  bool admits(std::string_view authorization, TimePoint now);

 private:
  explicit BearerToken(std::filesystem::path file) : file_(std::move(file)) {}
  void refresh(TimePoint now);

  std::filesystem::path file_;
  std::string token_;
  std::filesystem::file_time_type read_{};
  TimePoint looked_{};
};

}  // namespace faastax::collector
