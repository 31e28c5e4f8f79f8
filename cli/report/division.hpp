// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "cli/report/document.hpp"

namespace faastax::cli::report {

/// The CPU of a window by one dimension. The rows add up to all that was booked on the node, activity by
/// activity: what belongs to no function (or to no component, which is what instances use themselves) is a
/// row of its own, the last.
struct Division {
  Dimension by = Dimension::kFunction;
  std::vector<Row> rows;  ///< largest first, the rest last
};

/// The error says why this report has no such dimension.
std::expected<Division, std::string> divide(const Document& document, Dimension by);

/// The sum of all rows; counts are absent where no row has them.
Row total_of(const Division& division);

}  // namespace faastax::cli::report
