// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace faastax {

/// The static function program (controlplane/function), as it was built with this one: who
/// makes sandboxes needs no file of its own at run time.
std::span<const std::byte> function_image();

}  // namespace faastax
