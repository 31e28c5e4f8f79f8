// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/probe_rule.hpp"

#include <gtest/gtest.h>

namespace faastax::rules {
namespace {

TEST(ProbeRule, HeadersGoInLowerCaseAndUserAgentsAsTheyAre) {
  EXPECT_EQ(make_probe_rule(ProbeSign::kHeader, "K-Network-Probe")->text, "k-network-probe");
  EXPECT_EQ(make_probe_rule(ProbeSign::kUserAgent, "GoogleHC/")->text, "GoogleHC/");
  EXPECT_EQ(make_probe_rule(ProbeSign::kSource, "fd00::1")->text, "fd00::1");
}

TEST(ProbeRule, WhatNoRequestCanHaveIsRefused) {
  EXPECT_FALSE(make_probe_rule(ProbeSign::kHeader, "Not A Header"));
  EXPECT_FALSE(make_probe_rule(ProbeSign::kHeader, "Host:"));
  EXPECT_FALSE(make_probe_rule(ProbeSign::kUserAgent, "kube\r\nprobe"));
  EXPECT_FALSE(make_probe_rule(ProbeSign::kUserAgent, std::string(kProbeTextBytes + 1, 'x')));
  EXPECT_TRUE(make_probe_rule(ProbeSign::kUserAgent, std::string(kProbeTextBytes, 'x')));
  EXPECT_FALSE(make_probe_rule(ProbeSign::kSource, "kubelet"));
}

TEST(AddressRange, AddressesAndNetworksOfBothKinds) {
  const AddressRange host{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3}, 128};
  EXPECT_EQ(parse_address_range("10.1.2.3"), host);
  const AddressRange network{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 0}, 104};
  EXPECT_EQ(parse_address_range("10.0.0.0/8"), network);
  EXPECT_EQ(parse_address_range("fd00::/8"), (AddressRange{{0xfd}, 8}));
  EXPECT_EQ(parse_address_range("::/0"), (AddressRange{{}, 0}));
}

TEST(AddressRange, AnythingElseIsAbsent) {
  for (const char* text : {"", "/8", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::1/129", "a/b"})
    EXPECT_FALSE(parse_address_range(text)) << text;
}

}  // namespace
}  // namespace faastax::rules
