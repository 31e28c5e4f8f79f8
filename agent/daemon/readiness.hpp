// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "agent/base/result.hpp"

namespace faastax::daemon {

/// Whether the agent is attached and books; if not, why. Any thread may ask and set.
class Readiness {
 public:
  explicit Readiness(std::string reason) : reason_(std::move(reason)) {}

  void set_ready() { set(""); }
  void set_problem(std::string reason) { set(std::move(reason)); }

  /// The error is the reason.
  base::Result<void> state() const;

 private:
  void set(std::string reason);

  mutable std::mutex mutex_;  ///< guards reason_
  std::string reason_;        ///< empty: ready
};

}  // namespace faastax::daemon
