// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/privileges.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include <cstdlib>

namespace faastax::daemon {
namespace {

using base::Capabilities;

// What gives capabilities up does so in a process of its own.
constexpr int kDone = 7;

[[noreturn]] void end_if(bool holds) { std::exit(holds ? kDone : 1); }

TEST(Privileges, PerfmonIsNeededWhereCyclesAreCounted) {
  EXPECT_EQ(needed_at_work(bpf::CycleMode::kNone), Capabilities{});
  EXPECT_EQ(needed_at_work(bpf::CycleMode::kDerived), Capabilities{CAP_PERFMON});
}

TEST(Privileges, BpfIsGivenUpWhereTablesCanBeReadWithout) {
  const auto give_up = [] {
    const auto kept = give_up_privileges(bpf::CycleMode::kNone, [] { return true; });
    end_if(kept && *kept == Capabilities{} && base::effective_capabilities() == *kept);
  };
  EXPECT_EXIT(give_up(), testing::ExitedWithCode(kDone), "");
}

TEST(Privileges, BpfIsKeptWhereTablesNeedIt) {
  const auto give_up = [] {
    const Capabilities before = base::effective_capabilities();
    const auto needs_bpf = [] { return base::effective_capabilities().has(CAP_BPF); };
    const auto kept = give_up_privileges(bpf::CycleMode::kNone, needs_bpf);
    end_if(kept && base::effective_capabilities() == before.both({CAP_BPF}));
  };
  EXPECT_EXIT(give_up(), testing::ExitedWithCode(kDone), "");
}

}  // namespace
}  // namespace faastax::daemon
