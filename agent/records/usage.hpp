// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/totals.hpp"
#include "ledger/types.hpp"
#include "proto/records.pb.h"

/// The ledger's words as records have them.
namespace faastax::records {

v1::Activity activity_of(ledger::Activity activity);
v1::Track track_of(ledger::Track track);
v1::MemoryByState memory_of(const ledger::ByteSeconds& byte_seconds);
v1::Histogram histogram_of(const ledger::Distribution& seconds);

/// Calls `take` for every cell that is not empty. Cycles and instructions are absent where nothing counts
/// them.
void each_usage(const ledger::CpuByActivity& cpu, const ledger::Counting& counting,
                const std::function<void(v1::Usage)>& take);

}  // namespace faastax::records
