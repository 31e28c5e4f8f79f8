// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "ledger/baseline.hpp"
#include "ledger/books.hpp"
#include "ledger/operations.hpp"
#include "ledger/totals.hpp"

namespace faastax::ledger {

/// Daemons that serve all sandboxes (containerd, kubelet, systemd, …): nothing proves whom they worked for.
///
/// Of what one used in a period (from one reading of the cells to the next) its baseline stays with it. The
/// rest is divided among the operations that were under way, by how long each was, and marked `inferred`. So
/// no more is apportioned than was used. A period without operations is quiet: it is all the daemon's, and
/// the baseline is learned from it.
///
/// While no quiet period has been seen, periods with operations wait, as unsettled time. After 10 minutes
/// without one nothing is apportioned: their time is the daemon's.
class Apportioner {
 public:
  /// Both must outlive it.
  Apportioner(Books& books, const Operations& operations) : books_(books), operations_(operations) {}

  /// CPU that `component` has used in this period. What is not divided is `own` (manage for daemons).
  void use(const std::string& component, Activity own, const Amount& amount);

  /// A period ends, and is booked or waits; the next begins.
  void end_period(Nanoseconds now);

  /// Books what still waits to its components: a window begins or ends.
  void give_up();

 private:
  struct Period {
    Nanoseconds begin = 0;
    Nanoseconds length = 0;
    ComponentTimes used;
    std::vector<Operations::Share> shares;
  };

  /// Waiting periods name instances: of so many together the oldest give up.
  static constexpr std::size_t kMostWaitingShares = 16'384;

  void wait(Period period);
  void book_waiting();
  void book(const Period& period);
  void book_own(const ComponentTimes& used);
  void book_to(const std::string& component, Nanoseconds ns);
  void divide(const Period& period, const std::string& component, Nanoseconds ns);
  Amount draw(const std::string& component, Nanoseconds ns);
  void drop_oldest();
  void tell(Nanoseconds now);

  Books& books_;
  const Operations& operations_;
  Baseline baseline_;
  Nanoseconds begun_ = 0;  ///< the first period
  Nanoseconds period_begin_ = 0;
  ComponentTimes used_;  ///< in this period
  std::map<std::string, Activity> own_;
  std::map<std::string, Amount> unbooked_;  ///< of each, in all periods that wait
  std::deque<Period> waiting_;
  std::size_t waiting_shares_ = 0;
};

}  // namespace faastax::ledger
