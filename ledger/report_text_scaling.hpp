// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/report_text_layout.hpp"
#include "ledger/scaling_report.hpp"

namespace faastax::ledger::text {

/// What scaling decisions cost, for report_text.cpp.
void print_scaling(Page& page, const ScalingReport& scaling);

}  // namespace faastax::ledger::text
