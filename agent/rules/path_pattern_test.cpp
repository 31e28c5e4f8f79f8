// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/path_pattern.hpp"

#include <gtest/gtest.h>

namespace faastax::rules {
namespace {

const std::string kHex64 = "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376";

std::optional<PathFields> match(std::string_view pattern, std::string_view path) {
  const auto compiled = PathPattern::compile(pattern);
  EXPECT_TRUE(compiled.has_value()) << (compiled ? std::string() : compiled.error());
  return compiled->match(path);
}

std::string_view kept(const std::optional<PathFields>& fields, PathField field) {
  return fields ? (*fields)[static_cast<std::size_t>(field)] : "no match";
}

TEST(PathPattern, TextIsWholePath) {
  EXPECT_TRUE(match("/a/b", "/a/b"));
  EXPECT_FALSE(match("/a/b", "/a/b/c"));
  EXPECT_FALSE(match("/a/b", "/x/a/b"));
  EXPECT_FALSE(match("/a/b", ""));
}

TEST(PathPattern, StarStaysWithinOneName) {
  EXPECT_TRUE(match("/a*z", "/az"));
  EXPECT_TRUE(match("/a*z", "/abzz"));
  EXPECT_FALSE(match("/a*z", "/a/z"));
}

TEST(PathPattern, FoldersMayBeNoneOrMany) {
  EXPECT_TRUE(match("/**/x", "/x"));
  EXPECT_TRUE(match("/**/x", "/a/b/x"));
  EXPECT_FALSE(match("/**/x", "/ax"));
  EXPECT_TRUE(match("/a/**/b/**/c", "/a/b/c"));
  EXPECT_TRUE(match("/a/**/b/**/c", "/a/1/b/2/3/c"));
}

TEST(PathPattern, FieldsKeepTheirText) {
  const auto fields = match("/lab/{track}/{space}.{function}/{sandbox}", "/lab/regular/ns.f.v2/i-1");
  EXPECT_EQ(kept(fields, PathField::kTrack), "regular");
  EXPECT_EQ(kept(fields, PathField::kSpace), "ns");
  EXPECT_EQ(kept(fields, PathField::kFunction), "f.v2");
  EXPECT_EQ(kept(fields, PathField::kSandbox), "i-1");
  EXPECT_EQ(kept(fields, PathField::kPod), "");
  EXPECT_FALSE(match("/x/{sandbox}", "/x/"));
}

TEST(PathPattern, ShapesAreStrict) {
  EXPECT_EQ(kept(match("/d-{sandbox:hex64}.scope", "/d-" + kHex64 + ".scope"), PathField::kSandbox), kHex64);
  EXPECT_FALSE(match("/d-{sandbox:hex64}", "/d-" + kHex64 + "0"));
  EXPECT_FALSE(match("/d-{sandbox:hex64}", "/d-" + kHex64.substr(1)));
  EXPECT_FALSE(match("/pod{pod:uid}", "/podcast"));
  EXPECT_TRUE(match("/pod{pod:uid}", "/pod74c13223-5a00-11e9-b385-42010a80018d"));
  EXPECT_TRUE(match("/pod{pod:uid}", "/pod1b0b5a1c4b7b4ac1a92d5e2ad33ce8e7"));
}

TEST(PathPattern, SaysWhatIsWrong) {
  EXPECT_EQ(PathPattern::compile("a").error(), "a cgroup path begins with /");
  EXPECT_EQ(PathPattern::compile("").error(), "a cgroup path begins with /");
  EXPECT_EQ(PathPattern::compile("/a**/b").error(), "** stands between slashes");
  EXPECT_EQ(PathPattern::compile("/a/**").error(), "** stands between slashes");
  EXPECT_EQ(PathPattern::compile("/{sandbox").error(), "{ without }");
  EXPECT_EQ(PathPattern::compile("/{sandbox:hex}").error(), "unknown shape \"hex\"; known are hex64 and uid");
  EXPECT_EQ(PathPattern::compile("/{pod}/{pod}").error(), "a field twice in one pattern");
  EXPECT_NE(PathPattern::compile("/{name}").error().find("unknown field {name}"), std::string::npos);
}

TEST(PathPattern, WildcardsDoNotMultiplyTheWork) {
  std::string pattern = "/";
  for (int i = 0; i < 20; ++i) pattern += "*a";
  EXPECT_FALSE(match(pattern + "b", "/" + std::string(250, 'a')));
}

}  // namespace
}  // namespace faastax::rules
