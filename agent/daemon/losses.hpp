// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "agent/export/readings.hpp"
#include "agent/sender/sender_status.hpp"
#include "bpf/abi/fx_abi.h"

namespace faastax::daemon {

/// What the kernel side could not keep, by kind as `faastax_agent_lost_total` names it. `causes` are the
/// counts by fx_loss; `all` is their sum and the runs that the kernel skipped, kind `missed`. Of the two
/// readings `causes` may be the later one.
exporting::Losses losses_by_kind(const std::array<std::uint64_t, FX_LOSS_KINDS>& causes, std::uint64_t all);

/// What a collector has of this node's records, and has not: none where there is no collector.
void add_delivery(const std::optional<sender::SenderStatus>& status, exporting::Intake& intake);

}  // namespace faastax::daemon
