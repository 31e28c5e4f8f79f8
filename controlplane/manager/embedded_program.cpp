// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/embedded_program.hpp"

#include "controlplane/function/embed.hpp"

FAASTAX_EMBED(faastax_pause_image, FAASTAX_PAUSE_PROGRAM)

namespace faastax::manager {

std::span<const std::byte> pause_program() { return {faastax_pause_image_begin, faastax_pause_image_end}; }

}  // namespace faastax::manager
