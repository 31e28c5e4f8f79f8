// SPDX-License-Identifier: Apache-2.0
#include "agent/config/yaml_section.hpp"

#include <fmt/format.h>

#include <set>

#include "agent/base/printable.hpp"

namespace faastax::config {
namespace {

std::string known_keys(const Schema& schema) {
  std::string names;
  for (const auto& [name, what] : schema.keys) names += (names.empty() ? "" : ", ") + name;
  return names;
}

void read_value(const std::string& key, const YAML::Node& node, const Setter& set, Mistakes& mistakes) {
  if (!node.IsScalar() || node.Scalar().empty()) {
    mistakes.add(node.Mark(), fmt::format("'{}' needs one value", key));
  } else if (base::has_control(node.Scalar())) {
    mistakes.add(node.Mark(), fmt::format("'{}' has control characters", key));
  } else if (const auto wrong = set(node.Scalar())) {
    mistakes.add(node.Mark(), fmt::format("'{}': {}", key, *wrong));
  }
}

}  // namespace

void Mistakes::add(const YAML::Mark& where, std::string_view what) {
  if (!text_.empty()) text_ += '\n';
  text_ += fmt::format("{}:{}: {}", file_name_, where.is_null() ? 1 : where.line + 1, base::printable(what));
}

void read_section(const YAML::Node& node, const Schema& schema, Mistakes& mistakes) {
  if (node.IsNull()) return;
  if (!node.IsMap()) return mistakes.add(node.Mark(), "expected keys with values: " + known_keys(schema));
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    const auto known = schema.keys.find(key);
    if (known == schema.keys.end()) {
      mistakes.add(entry.first.Mark(),
                   fmt::format("unknown key '{}'; known here: {}", key, known_keys(schema)));
    } else if (!seen.insert(key).second) {
      mistakes.add(entry.first.Mark(), fmt::format("'{}' is there twice", key));
    } else if (const auto* section = std::get_if<Schema>(&known->second)) {
      read_section(entry.second, *section, mistakes);
    } else {
      read_value(key, entry.second, std::get<Setter>(known->second), mistakes);
    }
  }
}

}  // namespace faastax::config
