// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// A YAML map checked against the keys that it may have.
namespace faastax::config {

/// Collects what is wrong with a file, a line each.
class Mistakes {
 public:
  explicit Mistakes(std::string file_name) : file_name_(std::move(file_name)) {}
  void add(const YAML::Mark& where, std::string_view what);
  const std::string& text() const { return text_; }

 private:
  std::string file_name_;
  std::string text_;
};

struct Schema;
/// Takes a key's text over, or says what is wrong with it.
using Setter = std::function<std::optional<std::string>(const std::string& text)>;

/// The keys of a map: each has a value or is a map of its own.
struct Schema {
  std::map<std::string, std::variant<Setter, Schema>, std::less<>> keys;
};

/// An empty document or section changes nothing.
void read_section(const YAML::Node& node, const Schema& schema, Mistakes& mistakes);

}  // namespace faastax::config
