// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ledger/report.hpp"

/// The report for people on a terminal.
namespace faastax::ledger {

struct TextOptions {
  bool color = false;      ///< with ANSI escapes; the caller heeds NO_COLOR and whether it is a terminal
  unsigned width = 100;    ///< columns; less than 20 counts as 20
  bool instances = false;  ///< lists each instance, if the report has them
};

/// What matters most comes first. No line is wider than `width`: names are cut ("~" marks it) and columns
/// of tables that find no room are left out, the least important first. Names cannot smuggle in terminal
/// escapes: control characters and bytes that are not UTF-8 become "?". Apart from names it is ASCII.
///
/// Times are CPU seconds unless they are durations of requests and cold starts; sizes are in powers of
/// 1024. "-" stands for what is absent, "?" for what cannot be counted.
std::string to_text(const Report& report, const TextOptions& options);

}  // namespace faastax::ledger
