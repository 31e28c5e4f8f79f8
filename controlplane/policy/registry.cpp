// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace faastax::policy {
namespace {

std::expected<const PolicyType*, std::string> find_type(std::string_view name) {
  const auto types = policy_types();
  const auto found = std::ranges::find(types, name, &PolicyType::name);
  if (found != types.end()) return &*found;
  std::vector<std::string_view> names;
  for (const PolicyType& type : types) names.push_back(type.name);
  return std::unexpected(fmt::format("no policy \"{}\"; there are {}", name, fmt::join(names, ", ")));
}

std::expected<void, std::string> assign(PolicyChoice& choice, std::string_view name, std::string_view text) {
  if (auto set = choice.values.set(choice.type->parameters, name, text); !set) {
    return std::unexpected(fmt::format("{}: {}", choice.type->name, set.error()));
  }
  choice.given.emplace_back(name);
  return {};
}

std::expected<void, std::string> apply(PolicyChoice& choice, std::string_view part) {
  const PolicyType& type = *choice.type;
  if (const auto equals = part.find('='); equals != part.npos) {
    return assign(choice, part.substr(0, equals), part.substr(equals + 1));
  }
  if (!part.empty() && part.front() >= '0' && part.front() <= '9') {
    return assign(choice, type.main_parameter, part);
  }
  const auto preset = std::ranges::find(type.presets, part, &Preset::name);
  if (preset == type.presets.end()) {
    std::vector<std::string_view> names;
    for (const Preset& one : type.presets) names.push_back(one.name);
    return std::unexpected(fmt::format(
        "{}: \"{}\" is neither {}, parameter=value nor a preset ({})", type.name, part, type.main_parameter,
        names.empty() ? "it has none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  for (const auto& [name, text] : preset->settings) {
    if (auto set = assign(choice, name, text); !set) return set;
  }
  return {};
}

}  // namespace

std::expected<PolicyChoice, std::string> choose_policy(std::string_view text,
                                                       std::span<const std::string> settings) {
  const std::string_view name = text.substr(0, text.find(':'));
  const auto type = find_type(name);
  if (!type) return std::unexpected(type.error());
  PolicyChoice choice{*type, Values((*type)->parameters), std::string(text), {}};
  for (std::string_view rest = text.substr(name.size()); !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view part = rest.substr(0, rest.find(':'));
    rest.remove_prefix(part.size());
    if (auto applied = apply(choice, part); !applied) return std::unexpected(applied.error());
  }
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == setting.npos) {
      return std::unexpected(fmt::format("\"{}\": wanted parameter=value", setting));
    }
    const std::string_view view = setting;
    if (auto set = assign(choice, view.substr(0, equals), view.substr(equals + 1)); !set)
      return std::unexpected(set.error());
  }
  return choice;
}

}  // namespace faastax::policy
