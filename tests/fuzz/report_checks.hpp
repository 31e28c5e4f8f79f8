// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "cli/report/document.hpp"

namespace faastax::fuzz {

/// Prints it in every format, divided by every dimension: lines for a terminal without control characters,
/// JSON that is read back and written the same.
void require_printable(const cli::report::Document& document);

/// Whether this input is the one of so many that is printed: printing takes a hundred times as long as
/// reading.
bool is_one_of(std::string_view input, std::size_t many);

}  // namespace faastax::fuzz
