// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "agent/records/identity.hpp"
#include "ledger/input.hpp"
#include "ledger/instance.hpp"
#include "ledger/totals.hpp"
#include "proto/records.pb.h"

namespace faastax::records {

/// What one snapshot of an instance is made with.
struct Snapshot {
  const Identity& identity;
  const ledger::ClocksRead& clocks;  ///< for wall-clock times; the newest pair
  const ledger::Counting& counting;
  std::uint64_t sequence = 1;
};

/// The instance as it stands at `clocks`. Revision and runtime stay empty: the agent does not know them.
v1::InstanceRecord describe(const ledger::Instance& instance, const Snapshot& snapshot);

}  // namespace faastax::records
