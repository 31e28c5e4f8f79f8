// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/report/formats.hpp"

namespace faastax::cli::report {
namespace {

constexpr std::string_view kEnd = "\r\n";

std::string field(const std::string& name) {
  const bool formula = !name.empty() && std::string_view("=+-@\t\r").contains(name.front());
  const std::string text = formula ? "'" + name : name;
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string count(const std::optional<std::uint64_t>& value) {
  return value ? fmt::format("{}", *value) : "";
}

std::string headings(const Division& division) {
  std::string line = division.by == Dimension::kFunction ? "namespace," : "";
  line += name_of(division.by);
  for (const std::string_view activity : ledger::kActivityNames) line += fmt::format(",{}_seconds", activity);
  line += ",cpu_seconds,inferred_seconds,started,requests,aborted";
  for (const std::string_view state : ledger::kInstanceStateNames)
    line += fmt::format(",{}_byte_seconds", state);
  return line + ",churn_ratio";
}

std::string line_of(const Division& division, const Row& row) {
  std::string line = division.by == Dimension::kFunction ? field(row.space) + "," : "";
  line += field(row.name);
  for (const double seconds : row.cpu_seconds) line += fmt::format(",{:.9f}", seconds);
  line += fmt::format(",{:.9f},{:.9f},{},{},{}", cpu_total(row), row.inferred_seconds, count(row.started),
                      count(row.requests), count(row.aborted));
  for (std::size_t i = 0; i < ledger::kInstanceStates; ++i) {
    line += row.memory_byte_seconds ? fmt::format(",{:.3f}", (*row.memory_byte_seconds)[i]) : ",";
  }
  const auto churn = churn_ratio(row);
  return line + (churn ? fmt::format(",{:.9f}", *churn) : ",");
}

}  // namespace

std::string to_csv(const Division& division) {
  std::string text = headings(division);
  text += kEnd;
  for (const Row& row : division.rows) {
    text += line_of(division, row);
    text += kEnd;
  }
  return text;
}

}  // namespace faastax::cli::report
