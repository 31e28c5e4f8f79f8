// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "agent/export/readings.hpp"
#include "bpf/abi/fx_abi.h"

namespace faastax::daemon {

/// What the kernel side could not keep, by kind as `faastax_agent_lost_total` names it. `causes` are the
/// counts by fx_loss; `all` is their sum and the runs that the kernel skipped, kind `missed`. Of the two
/// readings `causes` may be the later one.
exporting::Losses losses_by_kind(const std::array<std::uint64_t, FX_LOSS_KINDS>& causes, std::uint64_t all);

}  // namespace faastax::daemon
