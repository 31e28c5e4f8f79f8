// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace faastax::rules {

/// The text of agent/rules/default_rules.yaml, as it was when this was built.
std::string_view default_rules_yaml();

}  // namespace faastax::rules
