// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/report/document.hpp"

/// The page's charts, each a section; one without figures says so.
namespace faastax::cli::report {

std::string cpu_over_time(const ledger::Report& report);
std::string memory_over_time(const ledger::Report& report);
std::string cold_starts(const ledger::Report& report);
std::string scale_ups(const ledger::Report& report);
std::string top_functions(const ledger::Report& report);
std::string top_components(const ledger::Report& report);

}  // namespace faastax::cli::report
