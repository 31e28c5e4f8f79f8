// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace faastax::gateway {

/// Whose request it is. The text belongs to somebody else.
struct FunctionName {
  std::string_view space;  ///< namespace
  std::string_view function;

  auto operator<=>(const FunctionName&) const = default;
};

/// Orders names as texts that own them, or as views.
struct ByFunctionName {
  using is_transparent = void;
  static FunctionName of(const std::pair<std::string, std::string>& name) {
    return {name.first, name.second};
  }
  static FunctionName of(const FunctionName& name) { return name; }
  bool operator()(const auto& a, const auto& b) const { return of(a) < of(b); }
};

/// From the header X-Faastax-Function, "function" or "namespace/function", where there is one; otherwise from
/// the host name, as Knative's routes are named: "function.namespace.domain…" with or without a port, and
/// "function" alone. What does not say a namespace is in `default_space`. Absent for an address, an empty
/// name or anything that is no DNS label.
std::optional<FunctionName> function_of(std::string_view header, std::string_view host,
                                        std::string_view default_space);

}  // namespace faastax::gateway
