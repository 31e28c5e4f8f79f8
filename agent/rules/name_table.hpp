// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace faastax::rules {

/// Values by name. A name that ends in * stands for all that begin alike: a whole name goes before it, and
/// of several such names the longest decides.
template <typename Value>
class NameTable {
 public:
  /// Adds it, or replaces the value that this very name has.
  void set(std::string_view name, Value value) {
    table_of(name).insert_or_assign(std::string(stem(name)), std::move(value));
  }
  void erase(std::string_view name) { table_of(name).erase(std::string(stem(name))); }

  /// Null when no name fits.
  const Value* find(std::string_view name) const {
    if (const auto found = exact_.find(name); found != exact_.end()) return &found->second;
    for (std::size_t length = name.size() + 1; length-- > 0;) {
      const auto found = prefixes_.find(name.substr(0, length));
      if (found != prefixes_.end()) return &found->second;
    }
    return nullptr;
  }

  /// Calls visit(name, is_prefix, value) for each, names in order.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [name, value] : exact_) visit(name, false, value);
    for (const auto& [name, value] : prefixes_) visit(name, true, value);
  }

 private:
  using Table = std::map<std::string, Value, std::less<>>;

  static std::string_view stem(std::string_view name) {
    return name.ends_with('*') ? name.substr(0, name.size() - 1) : name;
  }
  Table& table_of(std::string_view name) { return name.ends_with('*') ? prefixes_ : exact_; }

  Table exact_;
  Table prefixes_;
};

}  // namespace faastax::rules
