// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/backend.hpp"

/// Sums of a window, from rows and journal. Throws DatabaseError.
namespace faastax::store {

/// The rows to read for a widened window: where nothing is newer than its end, they may reach beyond it, so
/// that whole days and hours do.
std::vector<Segment> rows_of(const Window& window, std::int64_t last_minute);

/// By what `group_of` makes of the keys.
using GroupOf = std::function<Key(const Key&)>;
std::map<Key, InstanceTotals> instance_sums(ReadBackend& backend, Cube cube, const Window& window,
                                            const GroupOf& group_of);
/// By key.
std::map<Key, LedgerTotals> ledger_sums(ReadBackend& backend, Cube cube, const Window& window);

/// By slice: `slice_of` says which one a row with this start belongs to.
using SliceOf = std::function<std::size_t(std::int64_t start_s)>;
void ledger_slices(ReadBackend& backend, const Window& window, Resolution resolution, const SliceOf& slice_of,
                   std::vector<LedgerPoint>& into);

}  // namespace faastax::store
