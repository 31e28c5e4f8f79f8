// SPDX-License-Identifier: Apache-2.0
#include "agent/export/label_text.hpp"

#include <gtest/gtest.h>

namespace faastax::exporting {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

TEST(LabelText, KeepsValidText) {
  EXPECT_EQ(label_text("hello-world"), "hello-world");
  EXPECT_EQ(label_text("fönction ✓ 😀"), "fönction ✓ 😀");
  EXPECT_EQ(label_text(""), "");
}

TEST(LabelText, ReplacesEachInvalidByte) {
  EXPECT_EQ(label_text("a\xFF"
                       "b"),
            "a" + kBad + "b");
  EXPECT_EQ(label_text("\xC3"), kBad);
  EXPECT_EQ(label_text("\xE2\x9C"), kBad + kBad);
  EXPECT_EQ(label_text("\xC0\xAF"), kBad + kBad) << "overlong slash";
  EXPECT_EQ(label_text("\xED\xA0\x80"), kBad + kBad + kBad) << "surrogate";
  EXPECT_EQ(label_text("\xF4\x90\x80\x80"), kBad + kBad + kBad + kBad) << "beyond U+10FFFF";
}

TEST(LabelText, ReplacesControlCharacters) {
  EXPECT_EQ(label_text(std::string_view("a\0b\nc\x7F", 6)), "a" + kBad + "b" + kBad + "c" + kBad);
}

TEST(LabelText, CutsBetweenCharacters) {
  EXPECT_EQ(label_text(std::string(500, 'x')).size(), kMaxLabelBytes);
  const auto cut = label_text(std::string(127, 'x') + "é");
  EXPECT_EQ(cut, std::string(127, 'x'));
}

}  // namespace
}  // namespace faastax::exporting
