// SPDX-License-Identifier: Apache-2.0
#include "agent/base/printable.hpp"

#include <gtest/gtest.h>

namespace faastax::base {
namespace {

TEST(Printable, AControlCharacterIsFoundWhereverItIs) {
  for (std::size_t length = 0; length < 20; ++length) {
    for (int byte = 0; byte < 256; ++byte) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, at % 2 == 0 ? ' ' : '\xff');
        text[at] = static_cast<char>(byte);
        EXPECT_EQ(has_control(text), byte < 0x20 || byte == 0x7f) << byte << " at " << at << " of " << length;
      }
    }
  }
  EXPECT_FALSE(has_control("a text that has none: \x80~ \xc3\xa4"));
}

}  // namespace
}  // namespace faastax::base
