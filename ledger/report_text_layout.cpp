// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_text_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace faastax::ledger::text {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;  ///< between columns
constexpr std::size_t kLeastName = 16;
constexpr std::size_t kDropped = 0;  ///< width of a column that found no room

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/// The first code point of `text`, which is not empty. An invalid one is one byte long.
CodePoint first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = sequence_length(byte(0));
  if (length == 0 || length > text.size()) return {};
  constexpr std::array<unsigned char, 5> kLeadBits = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t value = byte(0) & kLeadBits[length];
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3f);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value < kLeast[length] || value > 0x10ffff || surrogate) return {};
  return {value, length, true};
}

/// Control characters, and those that reorder or hide what follows them.
bool acts_on_terminal(char32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xa0) || (value >= 0x200b && value <= 0x200f) ||
         (value >= 0x2028 && value <= 0x202e) || (value >= 0x2060 && value <= 0x206f) || value == 0xfeff;
}

std::size_t columns_of(char32_t value) { return value >= 0x1100 ? 2 : 1; }

std::string_view escape(Style style) {
  switch (style) {
    case Style::kHeading:
      return "\x1b[1m";
    case Style::kFaint:
      return "\x1b[2m";
    case Style::kAlarm:
      return "\x1b[1;31m";
    case Style::kPlain:
      break;
  }
  return "";
}

std::string scaled(double value, double base, const std::vector<std::string_view>& units) {
  std::size_t unit = 0;
  while (unit + 1 < units.size() && std::abs(value) >= base) {
    value /= base;
    ++unit;
  }
  const int decimals = unit == 0 ? 0 : std::abs(value) < 10 ? 2 : 1;
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

}  // namespace

std::string clean(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const CodePoint point = first_of(name);
    if (!point.valid || acts_on_terminal(point.value)) {
      result += '?';
    } else {
      result += name.substr(0, point.bytes);
    }
    name.remove_prefix(point.bytes);
  }
  return result;
}

std::size_t columns_of(std::string_view utf8) {
  std::size_t columns = 0;
  while (!utf8.empty()) {
    const CodePoint point = first_of(utf8);
    columns += columns_of(point.value);
    utf8.remove_prefix(point.bytes);
  }
  return columns;
}

std::string cut(std::string_view utf8, std::size_t columns) {
  if (columns_of(utf8) <= columns) return std::string(utf8);
  if (columns == 0) return "";
  std::size_t used = 1;  // the mark
  std::size_t end = 0;
  while (end < utf8.size()) {
    const CodePoint point = first_of(utf8.substr(end));
    used += columns_of(point.value);
    if (used > columns) break;
    end += point.bytes;
  }
  return std::string(utf8.substr(0, end)) + '~';
}

void Page::line(std::string_view text, Style style) {
  const auto last = text.find_last_not_of(' ');
  const std::string shown = cut(text.substr(0, last == std::string_view::npos ? 0 : last + 1), width_);
  const bool styled = color_ && style != Style::kPlain;
  out_ += styled ? fmt::format("{}{}\x1b[0m", escape(style), shown) : shown;
  out_ += '\n';
}

void Page::paragraph(std::string_view text, std::size_t indent, Style style) {
  std::string current;
  bool empty = true;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!empty && columns_of(current) + 1 + columns_of(word) > width_) {
      line(current, style);
      current.assign(indent, ' ');
      empty = true;
    }
    if (!empty) current += ' ';
    current += word;
    empty = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  line(current, style);
}

std::vector<std::size_t> Table::natural_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_of(columns_[i].heading);
    for (const auto& row : rows_) width = std::max(width, columns_of(row[i]));
    widths.push_back(width);
  }
  return widths;
}

std::string Table::format(const std::vector<std::string>& cells,
                          const std::vector<std::size_t>& widths) const {
  std::string line(kIndent, ' ');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] == kDropped) continue;
    const std::string cell = cut(cells[i], widths[i]);
    const std::string padding(widths[i] - columns_of(cell), ' ');
    if (i > 0) line.append(kGap, ' ');
    line += columns_[i].right ? padding + cell : cell + padding;
  }
  return line;
}

void Table::print(Page& page) const {
  auto widths = natural_widths();
  const std::size_t least = std::min(widths[0], kLeastName);
  const auto needed = [&] {
    std::size_t sum = kIndent;
    for (std::size_t i = 1; i < widths.size(); ++i) sum += widths[i] == kDropped ? 0 : widths[i] + kGap;
    return sum;
  };
  while (needed() + least > page.width()) {
    std::size_t victim = 0;
    for (std::size_t i = 1; i < widths.size(); ++i) {
      const bool lesser = victim == 0 || columns_[i].importance <= columns_[victim].importance;
      if (widths[i] != kDropped && lesser) victim = i;
    }
    if (victim == 0) break;
    widths[victim] = kDropped;
  }
  widths[0] = std::min(widths[0], page.width() - std::min(page.width(), needed()));
  std::vector<std::string> headings;
  for (const auto& column : columns_) headings.push_back(column.heading);
  page.line(format(headings, widths), Style::kFaint);
  for (const auto& row : rows_) page.line(format(row, widths));
}

std::string duration(double seconds) {
  struct Unit {
    double seconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> kUnits = {{{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
  if (seconds == 0 || !std::isfinite(seconds)) return seconds == 0 ? "0 s" : "-";
  // The unit in which four digits do not round up to 1000.
  const auto* unit = std::ranges::find_if(
      kUnits, [&](const Unit& candidate) { return std::abs(seconds) >= candidate.seconds * 0.99995; });
  if (unit == kUnits.end()) --unit;
  const double value = seconds / unit->seconds;
  const double size = std::abs(value);
  const int decimals = size >= 999.95 ? 0 : size >= 99.995 ? 1 : size >= 9.9995 ? 2 : 3;
  return fmt::format("{:.{}f} {}", value, decimals, unit->name);
}

std::string duration_cell(double seconds) {
  const std::string text = duration(seconds);
  return text.ends_with(" s") ? text + ' ' : text;
}

std::string bytes(double value) {
  return scaled(value, 1024, {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"});
}

std::string metric(double value) { return scaled(value, 1000, {"", "k", "M", "G", "T", "P", "E"}); }

std::string percent(double part, double whole) {
  return whole > 0 ? fmt::format("{:.1f}%", 100 * part / whole) : "-";
}

}  // namespace faastax::ledger::text
