// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <utility>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::base {

/// SIGTERM and SIGINT as a file descriptor. To be made before any other thread, which then inherits the
/// blocked signals. Lives as long as the process.
class StopSignals {
 public:
  static Result<StopSignals> take();

  /// Readable once one of them came.
  int fd() const { return fd_.get(); }

 private:
  explicit StopSignals(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace faastax::base
