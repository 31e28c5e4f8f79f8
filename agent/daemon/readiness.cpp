// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/readiness.hpp"

#include <utility>

namespace faastax::daemon {

base::Result<void> Readiness::state() const {
  const std::lock_guard lock(mutex_);
  if (reason_.empty()) return {};
  return base::failure(reason_);
}

void Readiness::set(std::string reason) {
  const std::lock_guard lock(mutex_);
  reason_ = std::move(reason);
}

}  // namespace faastax::daemon
