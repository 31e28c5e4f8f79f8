// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/rules.hpp"

#include <gtest/gtest.h>

#include <map>

#include "agent/rules/rules_parser.hpp"

namespace faastax::rules {
namespace {

using ledger::Activity;
using ledger::Program;

class DefaultRules : public testing::Test {
 protected:
  void SetUp() override {
    auto rules = default_rules();
    ASSERT_TRUE(rules.has_value()) << rules.error();
    rules_ = std::move(*rules);
  }
  Rules rules_;
};

TEST_F(DefaultRules, ProgramsByWholeName) {
  EXPECT_EQ(rules_.program_of("runc").program, Program::kRuntime);
  EXPECT_EQ(rules_.program_of("runc").activity, Activity::kManage);
  EXPECT_EQ(rules_.program_of("runc:[2:INIT]").component, "runc");
  EXPECT_EQ(rules_.program_of("bridge").component, "cni:bridge");
  EXPECT_EQ(rules_.program_of("bridge").program, Program::kCni);
  EXPECT_EQ(rules_.program_of("host-local").component, "cni:host-local");
  EXPECT_EQ(rules_.program_of("containerd").program, Program::kDaemon);
  EXPECT_EQ(rules_.program_of("ctr").program, Program::kClient);
  EXPECT_EQ(rules_.program_of("faastax-agent").component, "faastax");
  EXPECT_EQ(rules_.program_of("faastax-agent").activity, Activity::kObserve);
}

TEST_F(DefaultRules, ProgramsByTheKernelsCutName) {
  EXPECT_EQ(rules_.program_of("containerd-shim").program, Program::kShim);
  EXPECT_EQ(rules_.program_of("containerd-shim-runc-v2").component, "containerd-shim");
  EXPECT_EQ(rules_.program_of("xtables-nft-mul").component, "iptables");
  EXPECT_EQ(rules_.program_of("xtables-nft-multi").component, "iptables");
  EXPECT_EQ(rules_.program_of("xtables-legacy-").component, "iptables");
  EXPECT_EQ(rules_.program_of("iptables-restor").component, "iptables");
  EXPECT_EQ(rules_.program_of("kube-controller").component, "kube-controller-manager");
}

TEST_F(DefaultRules, AnUnlistedProgramIsTheNodes) {
  for (const char* name : {"", "python3", "runcx", "run", "containerd-shi"}) {
    EXPECT_EQ(rules_.program_of(name).program, Program::kOther) << name;
    EXPECT_EQ(rules_.program_of(name).component, "") << name;
    EXPECT_EQ(rules_.program_of(name).activity, Activity::kOther) << name;
  }
}

TEST_F(DefaultRules, EveryProgramFitsAnExactMap) {
  std::map<std::string, Program> map;
  for (const ProgramEntry& entry : rules_.all_programs()) {
    ASSERT_LE(entry.comm.size(), kCommBytes);
    ASSERT_FALSE(entry.comm.empty());
    // A prefix as long as a kernel name is an exact name for the kernel. Threads of the kernel never exec.
    EXPECT_TRUE(!entry.prefix || entry.comm.size() == kCommBytes || entry.rule.program == Program::kOther)
        << entry.comm;
    const auto [at, fresh] = map.emplace(entry.comm, entry.rule.program);
    EXPECT_TRUE(fresh || at->second == entry.rule.program) << entry.comm;
    EXPECT_EQ(rules_.program_of(entry.comm).program, entry.rule.program) << entry.comm;
  }
  EXPECT_EQ(map.at("containerd-shim"), Program::kShim);
}

TEST_F(DefaultRules, WorkFunctions) {
  EXPECT_EQ(rules_.work_of("cleanup_net").activity, Activity::kTeardown);
  EXPECT_EQ(rules_.work_of("css_free_rwork_fn").activity, Activity::kTeardown);
  EXPECT_EQ(rules_.work_of("key_garbage_collector").activity, Activity::kTeardown);
  EXPECT_EQ(rules_.work_of("kfree_rcu_work").activity, Activity::kTeardown);
  EXPECT_EQ(rules_.work_of("wb_workfn").activity, Activity::kOther);
  EXPECT_EQ(rules_.work_of("vmstat_update").activity, Activity::kOther);
  EXPECT_EQ(rules_.work_of("unknown").activity, Activity::kOther);
}

TEST_F(DefaultRules, ActivityOfWhatNothingExplains) {
  EXPECT_EQ(rules_.program_of("loadgen").activity, Activity::kOther);
  EXPECT_EQ(rules_.program_of("gateway").activity, Activity::kRoute);
  EXPECT_EQ(rules_.program_of("queue-proxy").activity, Activity::kRoute);
  EXPECT_EQ(rules_.program_of("faastax").activity, Activity::kObserve);
  EXPECT_EQ(rules_.program_of("containerd").activity, Activity::kManage);
  EXPECT_EQ(rules_.program_of("iptables").activity, Activity::kOther);
}

}  // namespace
}  // namespace faastax::rules
