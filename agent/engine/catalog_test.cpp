// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "agent/rules/rules_parser.hpp"

namespace faastax::engine {
namespace {

using ledger::Activity;
using ledger::Program;

struct RulesCatalogTest : testing::Test {
  rules::Rules rules = rules::default_rules().value();
  RulesCatalog catalog{rules};
};

TEST_F(RulesCatalogTest, ProgramsOfTheBuiltInRules) {
  const auto expect = [this](const char* name, Program program, const char* component, Activity activity) {
    const ledger::ProgramKind kind = catalog.program(name);
    EXPECT_EQ(kind.program, program) << name;
    EXPECT_EQ(kind.component, component) << name;
    EXPECT_EQ(kind.activity, activity) << name;
  };
  expect("runc", Program::kRuntime, "runc", Activity::kManage);
  expect("runc:[2:INIT]", Program::kRuntime, "runc", Activity::kManage);
  expect("containerd-shim", Program::kShim, "containerd-shim", Activity::kManage);
  expect("ctr", Program::kClient, "ctr", Activity::kManage);
  expect("bridge", Program::kCni, "cni:bridge", Activity::kManage);
  expect("containerd", Program::kDaemon, "containerd", Activity::kManage);
  expect("iptables", Program::kTool, "iptables", Activity::kOther);
  expect("xtables-nft-mul", Program::kTool, "iptables", Activity::kOther);
  expect("faastax", Program::kSelf, "faastax", Activity::kObserve);
  expect("faastax-gateway", Program::kOther, "gateway", Activity::kRoute);
  expect("faastax-autosca", Program::kOther, "autoscaler", Activity::kManage);
  expect("h2load", Program::kOther, "loadgen", Activity::kOther);
  expect("python3", Program::kOther, "", Activity::kOther);
}

TEST_F(RulesCatalogTest, KernelWorkByItsFunction) {
  EXPECT_EQ(catalog.work("cleanup_net").activity, Activity::kTeardown);
  EXPECT_EQ(catalog.work("vmstat_update").activity, Activity::kOther);
}

TEST_F(RulesCatalogTest, TheKernelsTableHasEveryProgramOnceAndFits) {
  const auto programs = kernel_programs(rules);
  std::set<std::string> names;
  for (const auto& [name, program] : programs) {
    EXPECT_LT(name.size(), std::size_t{FX_NAME_LEN}) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(static_cast<int>(catalog.program(name).program), static_cast<int>(program)) << name;
  }
  EXPECT_LT(programs.size(), 512U) << "entries of the map fx_programs";
  EXPECT_TRUE(names.contains("runc"));
  EXPECT_TRUE(names.contains("containerd-shim"));
}

}  // namespace
}  // namespace faastax::engine
