// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "controlplane/trace/workload.hpp"

namespace faastax::trace {

/// Leaves requests out until all together run for at most `budget_ms`, and returns how many. Functions share
/// the budget evenly: one that needs less than its share keeps all of its requests, and the others share what
/// it leaves. None gets fewer than `least` requests (all, where it has fewer), even if that is beyond the
/// budget. What stays of a function is spread evenly over its requests in their order, so that its bursts and
/// quiet times stay where they are.
std::size_t thin(std::vector<Request>& requests, double budget_ms, std::size_t least);

}  // namespace faastax::trace
