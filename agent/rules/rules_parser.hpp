// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/rules/rules.hpp"

namespace faastax::rules {

/// Lays a rule file's text over `base`: programs, components and work functions of the same name are
/// replaced (`none` takes one away), probes are added (`none` takes one away), cgroup patterns go before
/// those of `base`, and one of the same name replaces it. Each line of the error is one mistake,
/// "<file_name>:<line>: <what>".
std::expected<Rules, std::string> parse_rules(std::string_view yaml, std::string_view file_name,
                                              const Rules& base);

/// The built-in rules alone.
std::expected<Rules, std::string> default_rules();

/// The built-in rules with this file laid over them.
std::expected<Rules, std::string> load_rules(const std::filesystem::path& file);

}  // namespace faastax::rules
