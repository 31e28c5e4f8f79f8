// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "controlplane/sandbox/fd.hpp"

namespace faastax::manager {

/// What tells this process to end: SIGINT, SIGTERM and, if wanted, its parent's death. Nothing is missed from
/// the moment that it is made, which is before there are threads: the signals are blocked from then on.
class EndRequest {
 public:
  EndRequest();
  /// Of the process that started this one, which may be dead already. The error is that it cannot be watched.
  bool watch_parent();

  bool came() const;
  /// Readable when a signal came.
  int signals() const { return signals_.get(); }
  /// Readable when the parent has ended; -1 where it is not watched.
  int parent() const { return parent_.get(); }

 private:
  pid_t started_by_;
  bool orphaned_ = false;
  sandbox::Fd signals_;
  sandbox::Fd parent_;
};

}  // namespace faastax::manager
