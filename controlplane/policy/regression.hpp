// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "controlplane/policy/kpa.hpp"

namespace faastax::policy {

/// The value at `ahead` steps after the last one, on the least-squares line through `values` (one a step,
/// oldest first); never below 0. With fewer than two values the only one, or 0.
double extrapolate(std::span<const double> values, double ahead);

/// Knative with a linear predictor in place of the stable window's average (Kn-LR of arXiv 2505.24551).
class Regression final : public Scaler {
 public:
  /// `horizon`: how far after the decision the load is predicted.
  Regression(const KpaParameters& parameters, Time horizon, Time start, double ready);

  void record(Time at, double concurrency) override { windows_.record(at, concurrency); }
  std::optional<Advice> decide(Time now, double ready) override;
  bool panics() const override { return decider_.panics(); }

 private:
  Time horizon_;
  KpaWindows windows_;
  KpaDecider decider_;
};

}  // namespace faastax::policy
