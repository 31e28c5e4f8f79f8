// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "cli/report/document.hpp"

namespace faastax::cli::report {

/// Reads `faastax.report.v1`, as `stat --json` and `report --format json` write it, or what `lab run --json`
/// wrote. The error is one line.
std::expected<Document, std::string> document_from_json(std::string_view text);

}  // namespace faastax::cli::report
