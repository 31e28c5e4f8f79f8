// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/comparison.hpp"

namespace faastax::cli {

/// One page of its own, without scripts and without anything from elsewhere: a bar chart a figure, with 95 %
/// intervals where there are several seeds. Follows the reader's light or dark setting and screen width.
std::string to_html(const Comparison& comparison);

}  // namespace faastax::cli
