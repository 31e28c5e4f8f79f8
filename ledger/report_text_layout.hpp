// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Lines and tables of fixed width, for report_text.cpp.
namespace faastax::ledger::text {

/// `name` without anything that a terminal would act on; always UTF-8.
std::string clean(std::string_view name);

/// Columns that UTF-8 text takes at most: anything that may be wide counts as two.
std::size_t columns_of(std::string_view utf8);

/// `utf8` in at most `columns` columns; "~" at the end says that it was cut.
std::string cut(std::string_view utf8, std::size_t columns);

enum class Style { kPlain, kHeading, kFaint, kAlarm };

/// Collects lines, none of them wider than `width`.
class Page {
 public:
  Page(std::size_t width, bool color) : width_(width), color_(color) {}

  std::size_t width() const { return width_; }
  void gap() { out_ += '\n'; }

  /// One line, cut if it is too long.
  void line(std::string_view text, Style style = Style::kPlain);

  /// As many lines as it takes, broken at spaces; all but the first are indented.
  void paragraph(std::string_view text, std::size_t indent, Style style = Style::kPlain);

  std::string take() { return std::move(out_); }

 private:
  std::size_t width_;
  bool color_;
  std::string out_;
};

struct Column {
  std::string heading;
  bool right = true;   ///< aligned
  int importance = 9;  ///< less important columns are left out first where the page is narrow
};

/// A table whose first column gives way to the others.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as columns. Text from outside has to be clean().
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// Rows are indented by two columns.
  void print(Page& page) const;

 private:
  std::vector<std::size_t> natural_widths() const;
  std::string format(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// "3.200 s", "213.5 ms", "41.00 us": four digits, in the unit that fits.
std::string duration(double seconds);

/// duration(), padded so that numbers of different units stand in line when aligned to the right.
std::string duration_cell(double seconds);

/// "26.2 MiB".
std::string bytes(double value);

/// "8.10 G": a count with a metric prefix.
std::string metric(double value);

/// "31.4%"; "-" of nothing.
std::string percent(double part, double whole);

}  // namespace faastax::ledger::text
