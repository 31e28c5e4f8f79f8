// SPDX-License-Identifier: Apache-2.0
#include "ledger/apportioner.hpp"

#include <algorithm>
#include <utility>

namespace faastax::ledger {

void Apportioner::use(const std::string& component, Activity own, const Amount& amount) {
  unbooked_[component] += amount;
  const Nanoseconds ns = amount.ns;
  if (ns == 0) return;
  used_[component] += ns;
  own_[component] = own;
  books_.totals().apportioning.baseline_cpus.try_emplace(component, 0.0);
  books_.hold_waiting(ns);
}

void Apportioner::end_period(Nanoseconds now) {
  if (begun_ == 0) begun_ = period_begin_ = now;
  if (now <= period_begin_) return;
  Period period;
  period.begin = std::exchange(period_begin_, now);
  period.length = now - period.begin;
  period.used = std::exchange(used_, {});
  period.shares = operations_.between(period.begin, now);
  baseline_.advance(now);
  if (period.shares.empty()) {
    book_own(period.used);
    baseline_.add(now, period.length, std::move(period.used));
    book_waiting();
  } else if (baseline_.known()) {
    book(period);
  } else {
    wait(std::move(period));
  }
  while (!waiting_.empty() && waiting_.front().begin + Baseline::kKeepFor < now) drop_oldest();
  tell(now);
}

void Apportioner::wait(Period period) {
  // Without a baseline for 10 minutes none is expected soon.
  if (period.begin > begun_ + Baseline::kKeepFor) {
    book_own(period.used);
    return;
  }
  waiting_shares_ += period.shares.size();
  waiting_.push_back(std::move(period));
  while (waiting_shares_ > kMostWaitingShares) drop_oldest();
}

void Apportioner::drop_oldest() {
  waiting_shares_ -= waiting_.front().shares.size();
  book_own(waiting_.front().used);
  waiting_.pop_front();
}

void Apportioner::book_waiting() {
  if (!baseline_.known()) return;
  for (const Period& period : waiting_) book(period);
  waiting_.clear();
  waiting_shares_ = 0;
}

void Apportioner::give_up() {
  while (!waiting_.empty()) drop_oldest();
  book_own(std::exchange(used_, {}));
}

void Apportioner::book(const Period& period) {
  for (const auto& [component, ns] : period.used) {
    const double base = baseline_.cpus(component) * static_cast<double>(period.length);
    const Nanoseconds own = base >= static_cast<double>(ns) ? ns : static_cast<Nanoseconds>(base);
    books_.release_waiting(ns);
    book_to(component, own);
    divide(period, component, ns - own);
  }
}

void Apportioner::book_own(const ComponentTimes& used) {
  for (const auto& [component, ns] : used) {
    books_.release_waiting(ns);
    book_to(component, ns);
  }
}

void Apportioner::book_to(const std::string& component, Nanoseconds ns) {
  books_.book_component(component, own_.at(component), Evidence::kDirect, draw(component, ns), nullptr);
}

/// `ns` of what a component has not booked yet, with its part of the cycles: the last takes all that is left.
Amount Apportioner::draw(const std::string& component, Nanoseconds ns) {
  Amount& left = unbooked_[component];
  if (ns >= left.ns) {
    const Amount all{ns, left.cycles, left.instructions};
    left = {};
    return all;
  }
  const double part = static_cast<double>(ns) / static_cast<double>(left.ns);
  const Amount drawn{ns, static_cast<std::uint64_t>(part * static_cast<double>(left.cycles)),
                     static_cast<std::uint64_t>(part * static_cast<double>(left.instructions))};
  left.ns -= drawn.ns;
  left.cycles -= drawn.cycles;
  left.instructions -= drawn.instructions;
  return drawn;
}

void Apportioner::divide(const Period& period, const std::string& component, Nanoseconds ns) {
  double whole = 0;
  for (const Operations::Share& share : period.shares) whole += static_cast<double>(share.time);
  double so_far = 0;
  Nanoseconds given = 0;
  for (std::size_t i = 0; i < period.shares.size(); ++i) {
    const Operations::Share& share = period.shares[i];
    so_far += static_cast<double>(share.time);
    // By running sums, and the last gets the rest: the parts are the whole to the nanosecond.
    const bool last = i + 1 == period.shares.size();
    const auto up_to = static_cast<Nanoseconds>(static_cast<double>(ns) * (so_far / whole));
    const Nanoseconds part = (last ? ns : std::clamp(up_to, given, ns)) - given;
    given += part;
    books_.book_component(component, share.activity, Evidence::kInferred, draw(component, part),
                          share.instance.get());
  }
}

void Apportioner::tell(Nanoseconds now) {
  Apportioning& told = books_.totals().apportioning;
  if (baseline_.known()) {
    told.state = ApportioningState::kActive;
  } else {
    told.state = now > begun_ + Baseline::kKeepFor ? ApportioningState::kOff : ApportioningState::kLearning;
  }
  // Only daemons that have used anything at all have a figure.
  for (auto& [component, cpus] : told.baseline_cpus) cpus = baseline_.cpus(component);
}

}  // namespace faastax::ledger
