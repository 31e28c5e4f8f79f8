// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "cli/report/division.hpp"
#include "cli/report/document.hpp"
#include "ledger/report_text.hpp"

namespace faastax::cli::report {

/// The report for people on a terminal; before it the division, if one is given.
std::string to_text(const Document& document, const std::optional<Division>& division,
                    const ledger::TextOptions& options);

/// `faastax.report.v1`; the division, if one is given, as `by`, what the source cannot say as `notes`.
std::string to_json(const Document& document, const std::optional<Division>& division);

/// RFC 4180: a line of headings, then a line a row. Seconds have nine decimals, byte-seconds three; what is
/// not known is empty. A name that a spreadsheet would take for a formula gets an apostrophe before it.
std::string to_csv(const Division& division);

}  // namespace faastax::cli::report
