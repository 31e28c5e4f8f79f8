// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/collector_address.hpp"

#include <gtest/gtest.h>

namespace faastax::sender {
namespace {

TEST(CollectorAddress, IsAHostAndAPort) {
  for (const auto* right : {"127.0.0.1:9470", "[::1]:1", "collector.faastax.svc:65535", "node-1:80"}) {
    EXPECT_FALSE(problem_of_target(right)) << right;
  }
  for (const auto* wrong :
       {"", "collector", ":80", "c:", "c:0", "c:65536", "c:80x", "::1:80", "http://c:80"}) {
    EXPECT_TRUE(problem_of_target(wrong)) << wrong;
  }
}

TEST(CollectorAddress, OnAnotherMachineItIsEncryptedUnlessSaidOtherwise) {
  EXPECT_FALSE(uses_tls({.target = "127.0.0.1:1"}));
  EXPECT_FALSE(uses_tls({.target = "[::1]:1"}));
  EXPECT_FALSE(uses_tls({.target = "localhost:1"}));
  EXPECT_TRUE(uses_tls({.target = "localhost:1", .authority = "/ca.pem"}));
  EXPECT_TRUE(uses_tls({.target = "collector:1"}));
  EXPECT_TRUE(uses_tls({.target = "127.0.0.1.example.com:1"})) << "a name";
  EXPECT_FALSE(uses_tls({.target = "collector:1", .insecure = true}));
}

TEST(CollectorAddress, WhatContradictsItselfIsSaid) {
  EXPECT_FALSE(problem_of({}));
  EXPECT_FALSE(problem_of({.target = "c:1", .certificate = "/c.pem", .key = "/k.pem"}));
  EXPECT_EQ(problem_of({.target = "c:1", .key = "/k.pem"}), "a certificate and its key need each other");
  EXPECT_TRUE(problem_of({.target = "c:1", .authority = "/ca.pem", .insecure = true}));
  EXPECT_EQ(problem_of({.target = "", .insecure = true}), "there is no address");
}

}  // namespace
}  // namespace faastax::sender
