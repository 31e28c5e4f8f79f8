// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/export/scrapers.hpp"

/// When a series is exposed, and with which value, so that Prometheus' increase() is right.
///
/// increase() sees differences between samples only: a counter that appears at 100 has, to it, not grown.
/// So a series that appears shows its *base* at first: the value before the change that made it appear.
/// That is 0 when it is new. When it was withdrawn at 100 and comes back because it is 140 now, it is 100:
/// a window that holds the samples before the gap sees 100 → 100 → 140, one that does not sees 100 → 140,
/// and both count 40. (Coming back at 140, the latter would count 0; coming back at 0, the former would
/// take it for a restart and count 140.)
///
/// Every scraper is a database of its own, so each is shown the base once: otherwise, of two Prometheus
/// servers, or of a server and a person with curl, the second to come would find the counter grown.
/// One that comes for the first time long after the series was born gets the value at once: what
/// happened before its time must not look like growth now. A series that nobody has seen yet starts at
/// its base even then. Two servers that cannot be told apart (same address, same user agent) share one
/// base: the second misses what the series had when the first one saw the base.
namespace faastax::exporting {

struct ExposureRules {
  std::chrono::nanoseconds withdraw_after = std::chrono::minutes(15);  ///< since the last change
  /// A scraper away for longer is not waited for before a series is withdrawn.
  std::chrono::nanoseconds scraper_idle = std::chrono::minutes(5);
  /// A scraper that first comes within this time after a series' birth still is shown its base.
  std::chrono::nanoseconds newcomer = std::chrono::minutes(5);
};

/// Cumulative counts by bucket, and the sum in seconds. As many buckets as the family has bounds.
struct HistogramValue {
  std::array<std::uint64_t, 15> at_most{};
  std::uint64_t count = 0;
  double sum = 0;
  bool operator==(const HistogramValue&) const = default;
  HistogramValue& operator+=(const HistogramValue& other);
};

/// How much `value` exceeds the highest seen so far, which becomes `value`. 0 if it does not: a reading
/// that goes back (steal's clocks jitter by nanoseconds) leaves a counter where it is.
double growth(double& highest, double value);
HistogramValue growth(HistogramValue& highest, const HistogramValue& value);

/// One time series and who has seen what of it. Value: double or HistogramValue.
template <typename Value>
class Series {
 public:
  bool exposed() const { return exposed_; }
  const Value& value() const { return value_; }

  /// Makes it appear, at its present value as the base.
  void expose(TimePoint now) {
    if (exposed_) return;
    exposed_ = true;
    base_ = value_;
    born_ = changed_ = now;
    shown_ = current_ = 0;
    seen_ = false;
  }

  /// Its value from before this process, which scrapers have seen: nothing of it is growth. Before it
  /// appears.
  void begin_at(const Value& value) {
    if (!exposed_) value_ = value;
  }

  /// A counter grew by `amount`, which is not 0.
  void grow(const Value& amount, TimePoint now) {
    expose(now);
    value_ += amount;
    changed_ = now;
    current_ = 0;
  }

  /// A gauge is `value` now; true from its first scrape on. It appears when it first is not 0.
  void set(const Value& value, TimePoint now) {
    if (value == value_) return;
    value_ = value;
    expose(now);
    base_ = value;
    changed_ = now;
    current_ = 0;
  }

  /// What this scraper gets now.
  const Value& show(const Scraper& to, const ExposureRules& rules) {
    if (to.bit == 0) return value_;
    const bool contemporary = to.first <= born_ + rules.newcomer;
    const bool base_first = (shown_ & to.bit) == 0 && (!seen_ || contemporary);
    shown_ |= to.bit;
    seen_ = true;
    if (base_first && !(base_ == value_)) return base_;
    current_ |= to.bit;
    return value_;
  }

  /// Withdraws it if it has not changed for long and no active scraper misses its last change.
  void withdraw_if_stale(TimePoint now, ScraperSet active, const ExposureRules& rules) {
    if (now - changed_ < rules.withdraw_after) return;
    if (active == 0 || (active & ~current_) != 0) return;
    exposed_ = false;
  }

  /// These bits stand for other scrapers from now on.
  void forget(ScraperSet scrapers) {
    shown_ &= static_cast<ScraperSet>(~scrapers);
    current_ &= static_cast<ScraperSet>(~scrapers);
  }

 private:
  Value value_{};
  Value base_{};
  TimePoint born_{};
  TimePoint changed_{};
  ScraperSet shown_ = 0;    ///< have had a sample of it
  ScraperSet current_ = 0;  ///< have had its present value
  bool seen_ = false;       ///< someone has had a sample of it, perhaps one since forgotten
  bool exposed_ = false;
};

}  // namespace faastax::exporting
