// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <utility>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::daemon {

/// SIGTERM and SIGINT as a file descriptor, and SIGHUP ignored: the configuration is read at the start only.
/// To be made before any other thread, which then inherits the blocked signals. Lives as long as the process.
class StopSignals {
 public:
  static base::Result<StopSignals> take();

  /// Readable once one of them came.
  int fd() const { return fd_.get(); }

 private:
  explicit StopSignals(base::UniqueFd fd) : fd_(std::move(fd)) {}

  base::UniqueFd fd_;
};

}  // namespace faastax::daemon
