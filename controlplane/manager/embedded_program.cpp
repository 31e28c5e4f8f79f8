// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/embedded_program.hpp"

// clang-format off
asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".global faastax_pause_image_begin\n"
    "faastax_pause_image_begin:\n"
    ".incbin \"" FAASTAX_PAUSE_PROGRAM "\"\n"
    ".global faastax_pause_image_end\n"
    "faastax_pause_image_end:\n"
    ".popsection\n");
// clang-format on

extern "C" {
extern const std::byte faastax_pause_image_begin[];
extern const std::byte faastax_pause_image_end[];
}

namespace faastax::manager {

std::span<const std::byte> pause_program() { return {faastax_pause_image_begin, faastax_pause_image_end}; }

}  // namespace faastax::manager
