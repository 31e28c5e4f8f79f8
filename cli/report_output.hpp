// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>

#include "agent/base/result.hpp"
#include "ledger/report.hpp"
#include "ledger/report_text.hpp"

namespace faastax::cli {

/// As `out` takes it: in colour and as wide as the terminal where it is one and NO_COLOR is unset.
ledger::TextOptions text_options(std::FILE* out);

/// The report for people; in colour and as wide as the terminal where `out` is one and NO_COLOR is unset.
void print_report(const ledger::Report& report, bool instances, std::FILE* out);

/// The report as JSON; "-" is standard output. A file that cannot be written whole is an error.
base::Result<void> write_report(const ledger::Report& report, const std::filesystem::path& file);

/// Any text; the same.
base::Result<void> write_text(const std::string& text, const std::filesystem::path& file);

/// The one line of an error on standard error, and exit status 1.
int fail(const std::string& what);

}  // namespace faastax::cli
