// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace faastax::lab {

/// Removes what a lab has left whose process that makes sandboxes was killed. Waits while that one lives and
/// cleans up by itself; does nothing when another lab has begun meanwhile, which removes leftovers first.
void remove_dead_lab(const std::filesystem::path& state_folder);

}  // namespace faastax::lab
