// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/probe.hpp"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace faastax::bpf {
namespace {

Features features_without(std::string_view program) {
  Features features;
  for (const Hook& hook : kHooks)
    features.hooks.push_back({hook, hook.program != program, "not in this kernel"});
  return features;
}

TEST(Features, AMissingRequiredHookIsOneLineWithItsReason) {
  const Features features = features_without("fx_switch");
  EXPECT_FALSE(features.has("fx_switch"));
  const std::string missing = features.missing();
  EXPECT_NE(missing.find("fx_switch: not in this kernel"), std::string::npos) << missing;
  EXPECT_NE(missing.find("no CPU time at all"), std::string::npos) << missing;
  EXPECT_EQ(missing.find('\n'), std::string::npos);
}

TEST(Features, AMissingOptionalHookIsNoError) {
  const Features features = features_without("fx_oom");
  EXPECT_FALSE(features.has("fx_oom"));
  EXPECT_TRUE(features.has("fx_switch"));
  EXPECT_EQ(features.missing(), "");
}

TEST(Features, WhatIsNoHookIsNotThere) { EXPECT_FALSE(features_without("").has("no_such_program")); }

using ObjectPtr =
    std::unique_ptr<bpf_object, decltype([](bpf_object* object) { bpf_object__close(object); })>;

TEST(Hooks, AreTheProgramsOfTheObjectAndSayWhatIsLostWithoutThem) {
  const ObjectPtr object(bpf_object__open_file(FAASTAX_BPF_OBJECT, nullptr));
  ASSERT_NE(object, nullptr);
  std::set<std::string> programs;
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(object.get(), program)) != nullptr) {
    programs.insert(bpf_program__name(program));
  }
  std::set<std::string> hooks;
  for (const Hook& hook : kHooks) {
    EXPECT_TRUE(hooks.insert(std::string(hook.program)).second) << hook.program << " twice";
    EXPECT_FALSE(hook.without.empty()) << hook.program;
  }
  EXPECT_EQ(hooks, programs);
}

TEST(ProbeTable, KnowsHeadersByTheirHashesWhateverTheirCase) {
  const Probes upper{.headers = {{"User-Agent", "kube-probe/"}, {"K-Network-Probe", ""}}, .sources = {}};
  const Probes lower{.headers = {{"user-agent", "Kube-Probe/"}, {"k-network-probe", ""}}, .sources = {}};
  const auto table = probe_table(upper);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->lengths, 1ULL << 11 | 1ULL);
  EXPECT_NE(table->names, 0U);
  EXPECT_NE(table->hashes[0], 0U);
  EXPECT_NE(table->hashes[1], table->hashes[0]);
  EXPECT_EQ(table->hashes[2], 0U);
  EXPECT_EQ(probe_table(lower)->hashes[0], table->hashes[0]);
}

TEST(ProbeTable, MasksSources) {
  ProbeSource source{.address = {0xfd, 0xff, 0xff}, .bits = 12};
  const auto table = probe_table({.headers = {}, .sources = {source}});
  ASSERT_TRUE(table);
  EXPECT_EQ(table->source_count, 1U);
  EXPECT_EQ(table->sources[0].address[0], __builtin_bswap32(0xfdf00000));
  EXPECT_EQ(table->sources[0].mask[0], __builtin_bswap32(0xfff00000));
  EXPECT_EQ(table->sources[0].mask[1], 0U);
}

TEST(ProbeTable, IsBounded) {
  EXPECT_TRUE(probe_table({.headers = {16, {"a", "b"}}, .sources = std::vector<ProbeSource>(8)}));
  EXPECT_FALSE(probe_table({.headers = {17, {"a", "b"}}, .sources = {}}));
  EXPECT_FALSE(probe_table({.headers = {}, .sources = std::vector<ProbeSource>(9)}));
}

}  // namespace
}  // namespace faastax::bpf
