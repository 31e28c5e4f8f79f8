// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/base/printable.hpp"
#include "ledger/json_nesting.hpp"

namespace faastax::cli::prometheus {
namespace {

using nlohmann::json;

constexpr unsigned kOk = 200;
constexpr std::size_t kLongestComplaint = 300;
const char* const kNotTheApi = "not an answer of Prometheus' HTTP API";
const char* const kTooLarge = "a value is larger than anything that is measured here";
constexpr double kLargest =
    1e30;  // byte-seconds of a large fleet in a century are less; sums of it are numbers

const json& member(const json& of, const char* key) {
  static const json kNothing;
  if (!of.is_object()) return kNothing;
  const auto found = of.find(key);
  return found == of.end() ? kNothing : *found;
}

/// In one line, not too long.
std::string tidy(std::string text) {
  std::ranges::replace_if(text, base::is_control, ' ');
  if (text.size() > kLongestComplaint) text.resize(kLongestComplaint);
  return text;
}

/// `data.result` of an answer of this type.
base::Result<json> result_of(unsigned status, std::string_view body, std::string_view type) {
  const json answer = ledger::is_nested_too_deep(body) ? json() : json::parse(body, nullptr, false);
  const json& complaint = member(answer, "error");
  if (complaint.is_string()) return base::failure(tidy(complaint.get<std::string>()));
  if (status != kOk) return base::failure(fmt::format("answers with HTTP status {}", status));
  const json& data = member(answer, "data");
  const json& result = member(data, "result");
  if (member(answer, "status") != "success" || member(data, "resultType") != type || !result.is_array())
    return base::failure(kNotTheApi);
  return result;
}

bool read_labels(const json& metric, std::map<std::string, std::string>& labels) {
  if (!metric.is_object()) return false;
  for (const auto& [name, value] : metric.items()) {
    if (!value.is_string()) return false;
    labels[name] = value.get<std::string>();
  }
  return true;
}

/// [time, "value"]; the value is NaN where it is no number.
std::optional<std::pair<double, double>> point_of(const json& pair) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string())
    return std::nullopt;
  const auto& text = pair[1].get_ref<const std::string&>();
  double value = std::nan("");
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size()) value = std::nan("");
  return std::pair{pair[0].get<double>(), value};
}

}  // namespace

const std::string& Sample::label(const std::string& name) const {
  static const std::string kNone;
  const auto found = labels.find(name);
  return found == labels.end() ? kNone : found->second;
}

base::Result<std::vector<Sample>> parse_vector(unsigned status, std::string_view body) {
  const auto result = result_of(status, body, "vector");
  if (!result) return base::failure(result.error());
  std::vector<Sample> samples;
  for (const json& row : *result) {
    Sample sample;
    const auto point = point_of(member(row, "value"));
    if (!point || !read_labels(member(row, "metric"), sample.labels)) return base::failure(kNotTheApi);
    sample.value = point->second;
    if (!std::isfinite(sample.value)) continue;
    if (std::fabs(sample.value) > kLargest) return base::failure(kTooLarge);
    samples.push_back(std::move(sample));
  }
  return samples;
}

base::Result<std::vector<Series>> parse_matrix(unsigned status, std::string_view body) {
  const auto result = result_of(status, body, "matrix");
  if (!result) return base::failure(result.error());
  std::vector<Series> all;
  for (const json& row : *result) {
    Series series;
    const json& values = member(row, "values");
    if (!values.is_array() || !read_labels(member(row, "metric"), series.labels))
      return base::failure(kNotTheApi);
    for (const json& value : values) {
      const auto point = point_of(value);
      if (!point) return base::failure(kNotTheApi);
      if (!std::isfinite(point->first) || !std::isfinite(point->second)) continue;
      if (std::fabs(point->second) > kLargest) return base::failure(kTooLarge);
      series.points.push_back(*point);
    }
    all.push_back(std::move(series));
  }
  return all;
}

}  // namespace faastax::cli::prometheus
