// SPDX-License-Identifier: Apache-2.0
#include "controlplane/function/function_image.hpp"

#include "controlplane/function/embed.hpp"

FAASTAX_EMBED(faastax_function_image, FAASTAX_FUNCTION_PROGRAM)

namespace faastax {

std::span<const std::byte> function_image() {
  return {faastax_function_image_begin, faastax_function_image_end};
}

}  // namespace faastax
