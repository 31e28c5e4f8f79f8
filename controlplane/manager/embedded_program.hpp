// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace faastax::manager {

/// The static pause program, as it was built with this one.
std::span<const std::byte> pause_program();

}  // namespace faastax::manager
