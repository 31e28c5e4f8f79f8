// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace faastax::policy {
namespace {

using Kind = Parameter::Kind;

std::optional<double> unit_seconds(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1;
  if (unit == "m") return 60;
  if (unit == "h") return 3600;
  return std::nullopt;
}

std::optional<double> parse(const Parameter& parameter, std::string_view text) {
  if (parameter.kind == Kind::kChoice) {
    const auto found = std::ranges::find(parameter.choices, text);
    if (found == parameter.choices.end()) return std::nullopt;
    return static_cast<double>(found - parameter.choices.begin());
  }
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || std::isnan(value)) return std::nullopt;
  const std::string_view unit(end, text.data() + text.size());
  const auto factor = parameter.kind == Kind::kSeconds ? unit_seconds(unit)
                      : unit.empty()                   ? std::optional(1.0)
                                                       : std::nullopt;
  if (!factor) return std::nullopt;
  value *= *factor;
  if (parameter.kind != Kind::kNumber && value != std::round(value)) return std::nullopt;
  if (value < parameter.least || value > parameter.most) return std::nullopt;
  return value;
}

std::string takes(const Parameter& parameter) {
  if (parameter.kind == Kind::kChoice) return fmt::format("{}", fmt::join(parameter.choices, " or "));
  const std::string_view what = parameter.kind == Kind::kNumber    ? "a number"
                                : parameter.kind == Kind::kSeconds ? "whole seconds (90, 90s, 10m, 1h)"
                                                                   : "a whole number";
  if (std::isinf(parameter.most)) return fmt::format("{} from {:g}", what, parameter.least);
  return fmt::format("{} from {:g} to {:g}", what, parameter.least, parameter.most);
}

}  // namespace

Values::Values(std::span<const Parameter> parameters) {
  for (const Parameter& parameter : parameters) values_.emplace(parameter.name, parameter.initial);
}

std::expected<void, std::string> Values::set(std::span<const Parameter> parameters, std::string_view name,
                                             std::string_view text) {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  if (found == parameters.end()) {
    std::vector<std::string_view> names;
    for (const Parameter& parameter : parameters) names.push_back(parameter.name);
    return std::unexpected(fmt::format("no parameter \"{}\"; there are {}", name, fmt::join(names, ", ")));
  }
  const auto value = parse(*found, text);
  if (!value) return std::unexpected(fmt::format("{}=\"{}\": wanted {}", name, text, takes(*found)));
  put(name, *value);
  return {};
}

std::string to_text(const Parameter& parameter, double value) {
  if (parameter.kind == Kind::kChoice) return parameter.choices[static_cast<std::size_t>(value)];
  return fmt::format("{:g}{}", value, parameter.kind == Kind::kSeconds ? "s" : "");
}

}  // namespace faastax::policy
