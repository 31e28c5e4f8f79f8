// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "controlplane/policy/scaler.hpp"
#include "controlplane/policy/sliding_max.hpp"

namespace faastax::policy {

/// Keep-alive for a whole function, as Kn-Sync's code does it: as many instances as the most requests that
/// were in flight at once in the last `keep_alive` need. On a series of concurrency the idle timer of each
/// instance gives the same: of n instances, used last first, the n-th was last busy when n were.
class Peak final : public Scaler {
 public:
  /// `concurrency`: requests at once in an instance; 0: any number.
  Peak(Time keep_alive, double concurrency) : concurrency_(concurrency), peaks_(keep_alive.count()) {}

  void record(Time at, double concurrency) override;
  std::optional<Advice> decide(Time now, double ready) override;

 private:
  double concurrency_;
  SlidingMax peaks_;
};

}  // namespace faastax::policy
