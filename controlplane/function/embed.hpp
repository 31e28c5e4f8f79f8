// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Puts a file's bytes into this program's read-only data, as `NAME_begin` to `NAME_end`. The compiler's
/// dependency scan does not see the file: the build must name it (OBJECT_DEPENDS).
// clang-format off
#define FAASTAX_EMBED(NAME, FILE)             \
  asm(".pushsection .rodata\n"                \
      ".balign 16\n"                          \
      ".global " #NAME "_begin\n"             \
      #NAME "_begin:\n"                       \
      ".incbin \"" FILE "\"\n"                \
      ".global " #NAME "_end\n"               \
      #NAME "_end:\n"                         \
      ".popsection\n");                       \
  extern "C" {                                \
  extern const std::byte NAME##_begin[];      \
  extern const std::byte NAME##_end[];        \
  }
// clang-format on
