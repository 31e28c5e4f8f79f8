// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "ledger/instance.hpp"
#include "ledger/totals.hpp"

namespace faastax::ledger {

/// The cells. Every method books an amount once, to the node and to whoever owns and is served by it, so
/// that the sum over owners is the node's.
class Books {
 public:
  /// CPU of an instance itself, for which the activity is known.
  void book_instance(Instance& instance, Activity activity, Evidence evidence, const Amount& amount);

  /// CPU of a component, or of the node (names in totals.hpp); `served` may be null.
  void book_component(const std::string& component, Activity activity, Evidence evidence,
                      const Amount& amount, Instance* served);

  /// CPU of an instance after its exec and before it is settled.
  void hold(Instance& instance, const Amount& amount);

  /// What was held becomes `init` or `handle`.
  void settle(Instance& instance, Settlement settlement);

  /// Time that an instance was booked with and never used. Cells do not fall: it becomes the component
  /// "overbooked", as what that served the instance. At most what is the instance's own; cycles stay.
  void overbooked(Instance& instance, Nanoseconds ns);

  /// CPU of which it is not yet known what it was for: a runtime's (Lineage) or a daemon's (Apportioner).
  void hold_waiting(Nanoseconds ns) { totals_.unsettled += ns; }
  void release_waiting(Nanoseconds ns) { totals_.unsettled -= ns; }

  /// Memory of an instance.
  void book_memory(Instance& instance, InstanceState state, double byte_seconds);

  FunctionTotals& of(const FunctionName& name) {
    FunctionTotals& function = totals_.functions[name];
    function.changed = time_;
    return function;
  }

  /// Time with the cycles and instructions that the node's own rate so far gives it.
  Amount estimate(Nanoseconds ns) const;

  /// Cycles and instructions of an estimate that its account never had: what is estimated next has to make
  /// up for them.
  void owe(const Amount& amount);

  /// `estimated` without what is owed.
  Amount pay(Amount estimated);

  /// The time of all that follows.
  void set_time(Nanoseconds time) { time_ = time; }

  /// Drops the functions that nothing was booked to since `time`; the node's totals keep what they had.
  void forget_functions(Nanoseconds time);

  Totals& totals() { return totals_; }
  const Totals& totals() const { return totals_; }

  /// Gives an instance its function, with all that was booked to it before that was known.
  void name(Instance& instance, FunctionName name);

  /// What was served to an instance without a name was served to another one.
  void pass_on(Instance& from, Instance& to);

 private:
  void book_served(Instance& instance, Activity activity, Evidence evidence, const Amount& amount);
  Nanoseconds overbooked_cell(Instance& instance, Nanoseconds most);
  void book_node(Activity activity, Evidence evidence, const Amount& amount) {
    totals_.cpu.add(activity, evidence, amount);
  }

  Totals totals_;
  Amount owed_;  ///< cycles and instructions only
  Nanoseconds time_ = 0;
};

}  // namespace faastax::ledger
