// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/rules_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace faastax::rules {
namespace {

using ledger::Activity;
using ledger::Program;
using testing::HasSubstr;

Rules over_defaults(std::string_view yaml) {
  const auto base = default_rules();
  EXPECT_TRUE(base.has_value());
  auto rules = parse_rules(yaml, "mine.yaml", *base);
  EXPECT_TRUE(rules.has_value()) << (rules ? std::string() : rules.error());
  return rules.value_or(Rules());
}

bool has_probe(const Rules& rules, ProbeSign sign, const std::string& text) {
  return std::ranges::count(rules.probes(), ProbeRule{sign, text}) == 1;
}

std::string error_of(std::string_view yaml) {
  const auto rules = parse_rules(yaml, "mine.yaml", Rules());
  return rules ? "no error" : rules.error();
}

TEST(RulesParser, AnEmptyFileChangesNothing) {
  for (const char* text : {"", "# nothing\n", "programs:\ncomponents:\nwork:\ncgroups:\n", "cgroups: []\n"}) {
    const Rules rules = over_defaults(text);
    EXPECT_EQ(rules.program_of("runc").program, Program::kRuntime) << text;
    EXPECT_TRUE(rules.identify("/k8s.io/x")) << text;
  }
}

TEST(RulesParser, OwnProgramsReplaceAddAndTakeAway) {
  const Rules rules = over_defaults(R"(
programs:
  runc: {class: tool, component: my-runc}
  acme: cni
  "acme-vmm*": {class: runtime, component: acme}
  crun: none
)");
  EXPECT_EQ(rules.program_of("runc").component, "my-runc");
  EXPECT_EQ(rules.program_of("runc").activity, Activity::kOther);
  EXPECT_EQ(rules.program_of("acme").component, "cni:acme");
  EXPECT_EQ(rules.program_of("acme-vmm-7").program, Program::kRuntime);
  EXPECT_EQ(rules.program_of("crun").component, "");
  EXPECT_EQ(rules.program_of("ctr").program, Program::kClient);
}

TEST(RulesParser, AComponentsActivityReachesInheritedPrograms) {
  const Rules rules = over_defaults("components: {containerd: other}\nwork: {cleanup_net: none}\n");
  EXPECT_EQ(rules.program_of("containerd").activity, Activity::kOther);
  EXPECT_EQ(rules.work_of("cleanup_net").activity, Activity::kOther);
}

TEST(RulesParser, ApportionedComponentsAreAddedAndTakenAway) {
  const Rules rules =
      over_defaults("programs: {acmed: daemon}\napportioned: {acmed: true, kubelet: false}\n");
  EXPECT_TRUE(rules.program_of("acmed").apportioned);
  EXPECT_TRUE(rules.program_of("containerd").apportioned);
  EXPECT_FALSE(rules.program_of("kubelet").apportioned);
  EXPECT_FALSE(rules.program_of("etcd").apportioned) << "it serves the cluster";
  EXPECT_TRUE(rules.work_of("rht_deferred_worker").apportioned);
  EXPECT_FALSE(rules.work_of("cleanup_net").apportioned) << "its class says what it does";
}

TEST(RulesParser, OwnCgroupsGoFirstAndReplaceByName) {
  const Rules rules = over_defaults(R"(
cgroups:
  - name: mine
    path: [/k8s.io/special-*, "/mine/{function}"]
    space: s
    track: emergency
  - {name: docker, path: []}
)");
  const auto special = rules.identify("/k8s.io/special-1");
  ASSERT_TRUE(special);
  EXPECT_EQ(special->space, "s");
  EXPECT_EQ(special->sandbox, "special-1");
  EXPECT_EQ(special->track, ledger::Track::kEmergency);
  EXPECT_EQ(rules.identify("/mine/f")->function, "f");
  EXPECT_EQ(rules.identify("/k8s.io/other")->space, "");
  EXPECT_FALSE(rules.identify("/docker/" + std::string(64, 'a')));
}

TEST(RulesParser, MistakesNameFileAndLine) {
  EXPECT_EQ(error_of("programs:\n  x: runtme\n"),
            "mine.yaml:2: unknown class \"runtme\"; known are other, runtime, shim, client, cni, daemon, "
            "tool, self, spawner");
  EXPECT_THAT(error_of("a: 1\n"), HasSubstr("mine.yaml:1: unknown section \"a\""));
  EXPECT_THAT(error_of("programs:\n  x: {class: cni, colour: red}\n"), HasSubstr("mine.yaml:2: unknown key"));
  EXPECT_THAT(error_of("programs:\n  x: {component: y}\n"),
              HasSubstr("mine.yaml:2: a program needs a class"));
  EXPECT_THAT(error_of("programs:\n  x:\n"), HasSubstr("mine.yaml:2: a program needs a class"));
  EXPECT_THAT(error_of("programs:\n  /bin/x: cni\n"), HasSubstr("mine.yaml:2: a program goes by"));
  EXPECT_THAT(error_of("components:\n  x: routing\n"),
              HasSubstr("mine.yaml:2: unknown activity \"routing\""));
  EXPECT_THAT(error_of("apportioned:\n  x: perhaps\n"),
              HasSubstr("mine.yaml:2: whether a component is apportioned is true or false"));
  EXPECT_THAT(error_of("work: [x]\n"), HasSubstr("mine.yaml:1: work must be a map"));
  EXPECT_THAT(error_of("cgroups:\n  - name: x\n"), HasSubstr("mine.yaml:2: a cgroup rule needs a path"));
  EXPECT_THAT(error_of("cgroups:\n  - path: /x\n"), HasSubstr("mine.yaml:2: a cgroup rule needs a name"));
  EXPECT_THAT(error_of("cgroups:\n  - {name: x, path: /y, exclude: perhaps}\n"),
              HasSubstr("exclude is true or false"));
  EXPECT_THAT(error_of("cgroups:\n  - name: x\n    path: x\n"),
              HasSubstr("mine.yaml:3: x: a cgroup path begins"));
  EXPECT_THAT(error_of("- x\n"), HasSubstr("mine.yaml:1: a rule file must be a map"));
  EXPECT_THAT(error_of("programs:\n  x: [\n"), HasSubstr("mine.yaml:"));
  EXPECT_THAT(error_of("? [a]\n: b\n"), HasSubstr("mine.yaml:1: a section's name must be a text"));
}

TEST(RulesParser, ProbesAreAddedAndTakenAway) {
  const Rules rules = over_defaults(R"(
probes:
  AcmeProbe/: user_agent
  X-Acme-Probe: header
  10.0.0.0/8: source
  K-Network-probe: none
  GoogleHC/: none
)");
  EXPECT_TRUE(has_probe(rules, ProbeSign::kUserAgent, "AcmeProbe/"));
  EXPECT_TRUE(has_probe(rules, ProbeSign::kUserAgent, "kube-probe/"));
  EXPECT_TRUE(has_probe(rules, ProbeSign::kHeader, "x-acme-probe"));
  EXPECT_TRUE(has_probe(rules, ProbeSign::kSource, "10.0.0.0/8"));
  EXPECT_FALSE(has_probe(rules, ProbeSign::kHeader, "k-network-probe"));
  EXPECT_FALSE(has_probe(rules, ProbeSign::kUserAgent, "GoogleHC/"));
}

TEST(RulesParser, MistakesInProbes) {
  EXPECT_EQ(error_of("probes:\n  x: cookie\n"),
            "mine.yaml:2: unknown sign \"cookie\"; known are user_agent, header, source");
  EXPECT_EQ(error_of("probes:\n  a b: header\n"), "mine.yaml:2: a b: is no name of a header");
  EXPECT_THAT(error_of("probes:\n  10.0.0.300: source\n"), HasSubstr("a source is an address"));
  EXPECT_THAT(error_of("probes: [kube-probe/]\n"), HasSubstr("probes must be a map"));
  std::string many = "probes:\n";
  for (std::size_t i = 0; i <= kProbesOfASign; ++i) many += "  10.0.0." + std::to_string(i) + ": source\n";
  EXPECT_THAT(error_of(many), HasSubstr("10.0.0.8: at most 8 probes go by source"));
}

TEST(RulesParser, WhoseRequestsAreHidden) {
  const Rules rules = over_defaults("programs:\n  acme: {class: runtime, requests: hidden}\n");
  EXPECT_TRUE(rules.program_of("acme").hides_requests);
  EXPECT_TRUE(rules.program_of("runsc").hides_requests);
  EXPECT_FALSE(rules.program_of("runc").hides_requests);
  EXPECT_TRUE(rules.identify("/firecracker-v1/vm")->hides_requests);
  EXPECT_FALSE(rules.identify("/k8s.io/x")->hides_requests);
  EXPECT_EQ(error_of("programs:\n  x: {class: runtime, requests: none}\n"),
            "mine.yaml:2: unknown requests \"none\"; known are seen, hidden");
}

TEST(RulesParser, AllMistakesAtOnce) {
  EXPECT_EQ(error_of("work:\n  x: a\n  y: b\n").find("mine.yaml:3"), error_of("work:\n  x: a\n").size() + 1);
}

TEST(RulesParser, TheExampleIsValid) {
  const auto rules = load_rules(FAASTAX_EXAMPLE_RULES);
  ASSERT_TRUE(rules.has_value()) << rules.error();
  EXPECT_EQ(rules->program_of("acme-router").component, "gateway");
  EXPECT_EQ(rules->program_of("acme-router").activity, Activity::kRoute);
  EXPECT_EQ(rules->identify("/acme/ns/f/vm1")->function, "f");
  EXPECT_FALSE(rules->identify("/default/x"));
  EXPECT_TRUE(rules->identify("/k8s.io/x"));
  EXPECT_TRUE(rules->program_of("acme-vmm").hides_requests);
  EXPECT_TRUE(has_probe(*rules, ProbeSign::kUserAgent, "AcmeLB/"));
}

TEST(RulesParser, ControlCharactersGetIntoNoNameAndNoMessage) {
  EXPECT_EQ(error_of("programs: {\"a\\nb\": cni}"), "mine.yaml:1: a program's name has control characters");
  EXPECT_EQ(error_of("programs: {a: {class: cni, component: \"\\x1b\"}}"),
            "mine.yaml:1: component has control characters");
  EXPECT_EQ(error_of("a: \"\\\x01\""), "mine.yaml:1: unknown escape character: ?");
}

TEST(RulesParser, AMissingFileIsAnError) {
  EXPECT_EQ(load_rules("/nowhere/rules.yaml").error(), "/nowhere/rules.yaml: cannot be read");
}

}  // namespace
}  // namespace faastax::rules
