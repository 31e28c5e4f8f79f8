// SPDX-License-Identifier: Apache-2.0
#include "controlplane/trace/csv.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "agent/base/printable.hpp"

namespace faastax::trace {

std::unexpected<std::string> CsvReader::error(std::string_view what) const {
  return std::unexpected(fmt::format("{}:{}: {}", name_, line_number_, base::printable(what)));
}

std::expected<std::vector<std::string_view>, std::string> CsvReader::next() {
  std::vector<std::string_view> fields;
  while (std::getline(stream_, line_)) {
    ++line_number_;
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    if (!line_.empty()) break;
  }
  if (!stream_) return fields;
  std::string_view rest = line_;
  for (std::size_t comma = rest.find(','); comma != rest.npos; comma = rest.find(',')) {
    fields.push_back(rest.substr(0, comma));
    rest.remove_prefix(comma + 1);
  }
  fields.push_back(rest);
  if (columns_ == 0) columns_ = fields.size();
  if (fields.size() != columns_) {
    return error(fmt::format("{} fields, the header has {}", fields.size(), columns_));
  }
  return fields;
}

std::expected<double, std::string> CsvReader::number(const std::vector<std::string_view>& fields,
                                                     std::size_t column) const {
  const std::string_view text = fields[column];
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value < 0) {
    return error(fmt::format("field {}: \"{}\" is not a number of 0 or more", column + 1, text));
  }
  return value;
}

}  // namespace faastax::trace
