// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "collector/store/backend.hpp"
#include "collector/store/intake.hpp"

/// Records do not say which policy wanted their instance, unless its labels do; scaling events do. Whichever
/// of both comes first, the record ends up with its policy.
namespace faastax::store {

/// Keeps what the events say of policies.
void store_policies(Backend& backend, std::span<const scaling::ScalingEvent> events);

/// Gives the records that came without one the policy that is known by now.
void tell_policies(Backend& backend, Intake& intake);

/// The same for records that came before their events, within the transaction that is open.
void tell_late_policies(Backend& backend, std::int64_t now_ns);

}  // namespace faastax::store
