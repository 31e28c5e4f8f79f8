// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "cli/top/rates.hpp"

namespace faastax::cli::top {

struct ScreenOptions {
  std::size_t width = 100;
  std::size_t height = 0;  ///< lines at most; 0: as many as there are
  bool color = false;
  std::string title;  ///< of the first line: node and time
};

/// The lines that show these rates, each ended by a line feed. What matters most is on top, tables are cut to
/// the height.
std::string draw(const Rates& rates, const ScreenOptions& options);

}  // namespace faastax::cli::top
