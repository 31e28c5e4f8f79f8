// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace faastax::trace {

/// Reads comma-separated lines (no quoting, LF or CRLF) under a header line, and keeps where it is for
/// messages of the form "file:line: what". Empty lines are skipped.
class CsvReader {
 public:
  CsvReader(std::istream& stream, std::string name) : stream_(stream), name_(std::move(name)) {}

  /// The next line's fields; empty at the end. Every line has as many as the header.
  std::expected<std::vector<std::string_view>, std::string> next();

  /// An error about the line that next() gave last.
  std::unexpected<std::string> error(std::string_view what) const;

  /// A number that is not negative, from column `column` (counted from 0) of the header.
  std::expected<double, std::string> number(const std::vector<std::string_view>& fields,
                                            std::size_t column) const;

 private:
  std::istream& stream_;
  std::string name_;
  std::string line_;  ///< what the fields last given point into
  std::size_t line_number_ = 0;
  std::size_t columns_ = 0;
};

}  // namespace faastax::trace
