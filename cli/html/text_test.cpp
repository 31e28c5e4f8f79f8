// SPDX-License-Identifier: Apache-2.0
#include "cli/html/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faastax::cli::html {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HtmlText, MarkupBecomesText) {
  EXPECT_EQ(escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
  EXPECT_EQ(escaped("größer → 日本 😀"), "größer → 日本 😀");
}

TEST(HtmlText, WhatAPageMayNotHoldIsReplaced) {
  const std::string replacement = "\xef\xbf\xbd";
  EXPECT_EQ(escaped("a\x01z"), "a" + replacement + "z");
  EXPECT_EQ(escaped("\xff"), replacement);
  EXPECT_EQ(escaped("\xe2\x82"), replacement + replacement) << "cut off";
  EXPECT_EQ(escaped("\xc0\xaf"), replacement + replacement) << "overlong";
  EXPECT_EQ(escaped("\xed\xa0\x80"), replacement + replacement + replacement) << "a surrogate";
  EXPECT_EQ(escaped("\xf4\x90\x80\x80").size(), 4 * replacement.size()) << "beyond Unicode";
}

TEST(HtmlText, APageNeedsNothingFromElsewhere) {
  const std::string page = head("A <title>") + tail();
  EXPECT_THAT(page, HasSubstr("<title>A &lt;title&gt;</title>"));
  EXPECT_THAT(page, HasSubstr("width=device-width"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(HtmlText, ATablesFirstCellsAreHeadings) {
  EXPECT_THAT(table({{"name", "n"}, {{"a&b", "1"}}}),
              HasSubstr("<tr><th scope=\"row\">a&amp;b</th><td>1</td></tr>"));
}

}  // namespace
}  // namespace faastax::cli::html
