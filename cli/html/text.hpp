// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Parts of pages that need nothing from elsewhere: no scripts, no fonts, no network.
namespace faastax::cli::html {

/// `text` as it may stand in an element or in a quoted attribute; what a page may not hold becomes U+FFFD.
std::string escaped(std::string_view text);

/// From the doctype to the opened body, with the heading. The page follows the reader's light or dark setting
/// and the width of the screen.
std::string head(std::string_view title);

/// Closes what head() opened.
std::string tail();

struct Table {
  std::vector<std::string> headings;  ///< the first column's cells are headings of their rows
  std::vector<std::vector<std::string>> rows;
};
/// Scrolls within itself where the screen is narrower.
std::string table(const Table& of);

}  // namespace faastax::cli::html
