// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "ledger/instance.hpp"
#include "ledger/types.hpp"

namespace faastax::ledger {

/// The sandboxes that are being made or removed: who daemons work for beyond what they always do.
///
/// A creation lasts from the first command that names the sandbox to its program's exec, a removal from the
/// stop until the cgroup is gone. Daemons go on for a while after both (events, snapshots, metadata), so an
/// operation lingers for `kLinger`: no period in which one does is quiet.
class Operations {
 public:
  static constexpr Nanoseconds kLinger = 500'000'000;
  /// One that has not ended by then (a container that is made and never started, a cgroup that stays) is
  /// not under way any more: it would keep the node from ever being quiet.
  static constexpr Nanoseconds kLongest = 60'000'000'000;

  /// One operation's part of a period.
  struct Share {
    InstancePtr instance;
    Activity activity = Activity::kCreate;  ///< or teardown
    Nanoseconds time = 0;                   ///< how long it was under way
  };

  void begin_creation(InstancePtr instance);
  void begin_removal(InstancePtr instance);

  /// Those that were under way between two moments; if none was, those that lingered. Empty: it was quiet.
  std::vector<Share> between(Nanoseconds from, Nanoseconds to) const;

  /// Those that ended, lingering included, before `time` are not asked for again.
  void forget(Nanoseconds time);

  std::size_t size() const { return operations_.size(); }

 private:
  struct Operation {
    InstancePtr instance;
    Activity activity = Activity::kCreate;

    Nanoseconds begin() const;
    Nanoseconds end() const;  ///< the latest possible one while it lasts
  };

  std::vector<Operation> operations_;
};

}  // namespace faastax::ledger
