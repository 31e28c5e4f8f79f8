// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace faastax::sandbox {

/// A namespace, function or instance: it becomes part of folders' and cgroups' names, "namespace.function"
/// among them. 1 to 120 of the characters a-z, A-Z, 0-9, '-', '_' and '.', except "." and "..". Pure.
bool is_name(std::string_view text);

}  // namespace faastax::sandbox
