// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/function_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faastax::gateway {
namespace {

std::string named(std::string_view header, std::string_view host) {
  const auto name = function_of(header, host, "default");
  return name ? std::string(name->space) + "/" + std::string(name->function) : "";
}

TEST(FunctionName, IsTheHostsFirstTwoLabels) {
  EXPECT_EQ(named("", "hello.lab.example.com"), "lab/hello");
  EXPECT_EQ(named("", "hello.lab.svc.cluster.local:8080"), "lab/hello");
  EXPECT_EQ(named("", "hello.lab"), "lab/hello");
  EXPECT_EQ(named("", "hello"), "default/hello");
  EXPECT_EQ(named("", "hello:80"), "default/hello");
}

TEST(FunctionName, IsTheHeaderBeforeTheHost) {
  EXPECT_EQ(named("lab/hello", "other.default.example.com"), "lab/hello");
  EXPECT_EQ(named("hello", "127.0.0.1:8080"), "default/hello");
}

TEST(FunctionName, IsNeverMadeOfAnythingElse) {
  for (const char* host :
       {"", ":80", "127.0.0.1", "127.0.0.1:8080", "[::1]:80", ".lab", "hello.", "a b.c", "h/e.c"}) {
    EXPECT_EQ(named("", host), "") << host;
  }
  for (const char* header : {"/", "lab/", "/hello", "lab/a/b", "a b", "lab/h.e"}) {
    EXPECT_EQ(named(header, "hello.lab"), "") << header;
  }
  EXPECT_EQ(named(std::string(64, 'a'), ""), "");
}

}  // namespace
}  // namespace faastax::gateway
