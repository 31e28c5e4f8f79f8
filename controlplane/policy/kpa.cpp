// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/kpa.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controlplane/policy/decision_clock.hpp"

namespace faastax::policy {
namespace {

constexpr double kUnlimitedConcurrency = 100;
constexpr double kSmallestTarget = 0.01;
constexpr double kLargestScale = 1e9;

}  // namespace

double KpaParameters::target() const {
  const double total = concurrency == 0 ? kUnlimitedConcurrency : concurrency;
  return std::max(kSmallestTarget, total * utilization);
}

Time KpaParameters::panic_window() const {
  const double exact = static_cast<double>(window.count()) * panic_window_percent / 100;
  constexpr double kSecond = 1e9;
  return std::max(bucket, Time(static_cast<std::int64_t>(std::round(exact / kSecond) * kSecond)));
}

KpaDecider::KpaDecider(const KpaParameters& parameters, Time start, double ready)
    : parameters_(parameters),
      recent_((parameters.scale_down_delay + kDecisionPeriod - Time(1)) / kDecisionPeriod) {
  if (ready <= 1) return;
  panic_since_ = start;
  panic_scale_ = static_cast<std::int64_t>(ready);
}

KpaDecider::Wish KpaDecider::wish(double average, double ready) const {
  const double most = std::min(kLargestScale, std::ceil(parameters_.max_scale_up_rate * ready));
  const double least = std::floor(ready / parameters_.max_scale_down_rate);
  Wish wish;
  wish.unclamped = std::ceil(average / parameters_.target());
  const double clamped = std::min(std::max(wish.unclamped, least), most);
  wish.count = static_cast<std::int64_t>(clamped);
  wish.limited = clamped != wish.unclamped;
  if (wish.unclamped > 0) wish.count = std::max(wish.count, parameters_.activation_scale);
  return wish;
}

// Panic ends one stable window after the threshold was last crossed: by then the surge is in that average.
void KpaDecider::update_panic(Time now, bool over_threshold) {
  if (over_threshold) {
    panic_since_ = now;
  } else if (panic_since_ && *panic_since_ + parameters_.window < now) {
    panic_since_.reset();
    panic_scale_ = 0;
  }
}

Advice KpaDecider::delayed(Time now, Advice advice) {
  if (parameters_.scale_down_delay == Time{}) return advice;
  const std::int64_t slot = now / kDecisionPeriod;
  recent_.record(slot, advice.count);
  const std::int64_t largest = recent_.max(slot);
  if (largest == advice.count) return advice;
  return {largest, fmt::format("scale-down delay; {}", advice.reason)};
}

Advice KpaDecider::decide(Time now, double stable_average, double panic_average, double ready) {
  ready = std::max(1.0, ready);
  const Wish stable = wish(stable_average, ready);
  const Wish panic = wish(panic_average, ready);
  update_panic(now, panic.unclamped / ready >= parameters_.panic_threshold);

  const bool by_panic = panic_since_ && panic.count > stable.count;
  const Wish& wanted = by_panic ? panic : stable;
  Advice advice{wanted.count, fmt::format("{} window {:g} / target {:g}{}", by_panic ? "panic" : "stable",
                                          by_panic ? panic_average : stable_average, parameters_.target(),
                                          wanted.limited ? ", rate limited" : "")};
  if (panic_since_ && advice.count < panic_scale_) {
    advice = {panic_scale_, fmt::format("held in panic; {}", advice.reason)};
  } else if (panic_since_) {
    panic_scale_ = advice.count;
  }
  return delayed(now, std::move(advice));
}

Kpa::Kpa(const KpaParameters& parameters, Time start, double ready)
    : windows_(parameters), decider_(parameters, start, ready) {}

std::optional<Advice> Kpa::decide(Time now, double ready) {
  if (windows_.stable.empty(now)) return std::nullopt;
  return decider_.decide(now, windows_.stable.average(now), windows_.panic.average(now), ready);
}

}  // namespace faastax::policy
