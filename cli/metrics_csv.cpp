// SPDX-License-Identifier: Apache-2.0
#include "cli/metrics_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "controlplane/trace/csv.hpp"

namespace faastax::cli {
namespace {

using trace::CsvReader;

constexpr std::array<std::string_view, 3> kColumns = {"time_s", "concurrency", "ready"};
constexpr double kLatest = 1e8;  // what is larger is a time of day, not one since the recording began
constexpr double kMostReady = 1e9;

std::expected<std::array<std::size_t, 3>, std::string> find_columns(CsvReader& csv, const std::string& name) {
  const auto header = csv.next();
  if (!header) return std::unexpected(header.error());
  if (header->empty()) return std::unexpected(name + ":1: empty; wanted time_s,concurrency,ready");
  std::array<std::size_t, 3> columns{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::ranges::find(*header, kColumns[i]);
    if (found == header->end()) {
      return csv.error(fmt::format("the header lacks {}: wanted time_s,concurrency,ready", kColumns[i]));
    }
    columns[i] = static_cast<std::size_t>(found - header->begin());
  }
  return columns;
}

std::expected<double, std::string> whole(const CsvReader& csv, const std::vector<std::string_view>& fields,
                                         std::size_t column, std::string_view what, double most) {
  const auto value = csv.number(fields, column);
  if (!value) return value;
  if (*value != std::floor(*value) || *value > most) {
    return csv.error(fmt::format("{} is \"{}\": wanted a whole number up to {}", what, fields[column], most));
  }
  return value;
}

}  // namespace

std::expected<std::vector<policy::Sample>, std::string> read_metrics(std::istream& stream,
                                                                     const std::string& name) {
  CsvReader csv(stream, name);
  const auto columns = find_columns(csv, name);
  if (!columns) return std::unexpected(columns.error());
  std::vector<policy::Sample> samples;
  for (;;) {
    const auto fields = csv.next();
    if (!fields) return std::unexpected(fields.error());
    if (fields->empty()) break;
    const auto second = whole(csv, *fields, (*columns)[0], kColumns[0], kLatest);
    if (!second) return std::unexpected(second.error());
    const auto concurrency = csv.number(*fields, (*columns)[1]);
    if (!concurrency) return std::unexpected(concurrency.error());
    const auto ready = whole(csv, *fields, (*columns)[2], kColumns[2], kMostReady);
    if (!ready) return std::unexpected(ready.error());
    const policy::Sample sample{std::llround(*second), *concurrency, *ready};
    if (!samples.empty() && sample.second <= samples.back().second) {
      return csv.error(fmt::format("time_s {} does not come after {}", sample.second, samples.back().second));
    }
    samples.push_back(sample);
  }
  if (samples.empty()) return csv.error("no line follows the header");
  return samples;
}

}  // namespace faastax::cli
