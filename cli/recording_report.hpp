// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "agent/base/result.hpp"
#include "agent/rules/rules.hpp"
#include "ledger/report.hpp"

namespace faastax::cli {

/// The report of a recording, booked again by these rules. It lists instances if the recorded run did.
base::Result<ledger::Report> report_of_recording(const std::filesystem::path& recording,
                                                 const rules::Rules& rules);

}  // namespace faastax::cli
