// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "cli/report/division.hpp"
#include "cli/report/document.hpp"

namespace faastax::cli::report {

/// The report as one page of its own: no script, nothing from elsewhere. Charts of what the report has, a
/// line in place of those that it has no figures for, each chart's figures as a table.
std::string to_html(const Document& document, const std::optional<Division>& division);

}  // namespace faastax::cli::report
