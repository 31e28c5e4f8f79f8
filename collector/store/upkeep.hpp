// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "collector/store/backend.hpp"
#include "collector/store/store.hpp"

namespace faastax::store {

/// Adds the journal to the sums and removes what is too old, within the transaction that is open; a bounded
/// amount. Nothing where another collector does it now. True: there may be more to do, without a pause.
bool keep_up(Backend& backend, std::int64_t now_ns, const Retention& retention);

/// What is kept at this time by this retention: each resolution from a span of the next coarser one on.
Horizon horizon_at(std::int64_t now_ns, const Retention& retention);

}  // namespace faastax::store
