// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "ledger/report.hpp"

/// The report for programs: JSON of the schema `faastax.report.v1`.
///
/// Fields stand in a fixed order, are never renamed, and later versions of v1 may only add some. Times are
/// seconds with at most 9 decimals, byte-seconds have at most 3. What is not known is null (a ratio with a
/// zero denominator, cycles without a source, an instance's requests that cannot be counted), except
/// percentiles: without samples they are left out. `instances_detail` is there only if the report has it.
namespace faastax::ledger {

inline constexpr std::string_view kReportSchema = "faastax.report.v1";

/// Activities that a function or an instance always shows; `observe` and `other` only when not 0.
inline constexpr std::size_t kFunctionActivities = 7;

/// Equal reports give equal bytes; bytes that are not UTF-8 become U+FFFD. Ends with a newline.
std::string to_json(const Report& report);

/// Reads what to_json() wrote; writing it again gives the same bytes. Unknown fields are ignored, a field
/// that is missing or of the wrong type is an error that names its path, such as `cpu.idle_seconds`.
std::expected<Report, std::string> report_from_json(std::string_view text);

}  // namespace faastax::ledger
