// SPDX-License-Identifier: Apache-2.0
#include "controlplane/function/function_image.hpp"

// clang-format off
asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".global faastax_function_image_begin\n"
    "faastax_function_image_begin:\n"
    ".incbin \"" FAASTAX_FUNCTION_PROGRAM "\"\n"
    ".global faastax_function_image_end\n"
    "faastax_function_image_end:\n"
    ".popsection\n");
// clang-format on

extern "C" {
extern const std::byte faastax_function_image_begin[];
extern const std::byte faastax_function_image_end[];
}

namespace faastax {

std::span<const std::byte> function_image() {
  return {faastax_function_image_begin, faastax_function_image_end};
}

}  // namespace faastax
