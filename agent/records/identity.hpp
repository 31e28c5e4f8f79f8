// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ledger/types.hpp"

namespace faastax::records {

/// Who records: the node, and one life of one agent on it.
struct Identity {
  std::string node;
  std::string boot;              ///< /proc/sys/kernel/random/boot_id
  ledger::Nanoseconds born = 0;  ///< when this agent began, on CLOCK_MONOTONIC

  /// "<boot id>-<born, in hex>".
  std::string agent() const;

  /// "<boot id>-<16 hex digits>" of the instance `number`, counted from 1 since the agent began. Ordered by
  /// time within a boot and never the same twice, as no agent sees a new instance every nanosecond.
  std::string uid(std::uint64_t number) const;
};

}  // namespace faastax::records
