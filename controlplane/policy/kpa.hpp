// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "controlplane/policy/scaler.hpp"
#include "controlplane/policy/sliding_max.hpp"
#include "controlplane/policy/window_average.hpp"

namespace faastax::policy {

/// Of Knative's pod autoscaler (KPA); the defaults are Knative's.
struct KpaParameters {
  Time window = std::chrono::seconds(60);
  double panic_window_percent = 10;  ///< of the window
  double panic_threshold = 2;        ///< panic when the panic window wants so many times the ready instances
  double concurrency = 0;            ///< of an instance; 0: no limit, 100 is aimed at
  double utilization = 0.7;          ///< of the concurrency, that is aimed at
  double max_scale_up_rate = 1000;
  double max_scale_down_rate = 2;
  Time scale_down_delay{};
  std::int64_t activation_scale = 1;
  Time bucket = std::chrono::seconds(1);

  /// Concurrency per instance that is aimed at.
  double target() const;
  /// Whole buckets, one at least.
  Time panic_window() const;
};

/// The arithmetic of one decision, with panic and the scale-down delay: averages in, a scale out.
class KpaDecider {
 public:
  /// With more than one instance at the start it starts in panic, holding that many, until it has seen
  /// enough to let go.
  KpaDecider(const KpaParameters& parameters, Time start, double ready);

  Advice decide(Time now, double stable_average, double panic_average, double ready);
  bool panics() const { return panic_since_.has_value(); }

 private:
  struct Wish {
    double unclamped = 0;
    std::int64_t count = 0;
    bool limited = false;
  };
  Wish wish(double average, double ready) const;
  void update_panic(Time now, bool over_threshold);
  Advice delayed(Time now, Advice advice);

  KpaParameters parameters_;
  std::optional<Time> panic_since_;  ///< when the threshold was last crossed
  std::int64_t panic_scale_ = 0;     ///< the largest scale of this panic
  SlidingMax recent_;                ///< scales, in slots of the decision period
};

/// The stable and the panic window over one metric.
struct KpaWindows {
  explicit KpaWindows(const KpaParameters& parameters)
      : stable(parameters.window, parameters.bucket), panic(parameters.panic_window(), parameters.bucket) {}

  void record(Time at, double concurrency) {
    stable.record(at, concurrency);
    panic.record(at, concurrency);
  }

  WindowAverage stable;
  WindowAverage panic;
};

/// The whole decider: windows and arithmetic.
class Kpa final : public Scaler {
 public:
  Kpa(const KpaParameters& parameters, Time start, double ready);

  void record(Time at, double concurrency) override { windows_.record(at, concurrency); }
  std::optional<Advice> decide(Time now, double ready) override;
  bool panics() const override { return decider_.panics(); }

 private:
  KpaWindows windows_;
  KpaDecider decider_;
};

}  // namespace faastax::policy
