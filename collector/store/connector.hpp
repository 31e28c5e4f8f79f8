// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "agent/base/result.hpp"
#include "collector/store/backend.hpp"

namespace faastax::store {

/// A connection that is made again after a failure, not more often than its back-off allows.
class Connector {
 public:
  using Clock = std::chrono::steady_clock;

  Connector(Connect connect, std::unique_ptr<Backend> first)
      : connect_(std::move(connect)), backend_(std::move(first)) {}

  /// The connection, or a new one; while it backs off the last failure again.
  base::Result<Backend*> get(Clock::time_point now);

  /// Closes the connection; the next get() makes one, at once after the first failure.
  void failed(Clock::time_point now, const std::string& why);
  void worked() { pause_ = {}; }

 private:
  Connect connect_;
  std::unique_ptr<Backend> backend_;
  std::string why_;
  Clock::duration pause_{};
  Clock::time_point not_before_{};
};

}  // namespace faastax::store
