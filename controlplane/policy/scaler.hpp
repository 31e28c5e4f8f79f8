// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// How many instances a function should have.
struct Advice {
  std::int64_t count = 0;
  std::string reason;
};

/// Decides from one function's metrics alone: concurrency in, a number of instances out. What no metric
/// tells (scale to zero, a start from zero, bounds) is the Autoscaler's.
class Scaler {
 public:
  virtual ~Scaler() = default;

  /// `concurrency`: requests in flight, waiting ones included: their mean over the bucket that ends at
  /// `at`, or a sample at `at`.
  virtual void record(Time at, double concurrency) = 0;

  /// `ready`: instances that can serve now. Absent: there are no data to decide on.
  virtual std::optional<Advice> decide(Time now, double ready) = 0;

  virtual bool panics() const { return false; }
};

/// `ready`: the function's instances at time `start`.
using ScalerFactory = std::function<std::unique_ptr<Scaler>(Time start, double ready)>;

}  // namespace faastax::policy
