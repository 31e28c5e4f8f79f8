// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/start_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace faastax::daemon {
namespace {

std::vector<bpf::HookState> all_hooks() {
  std::vector<bpf::HookState> hooks;
  for (const bpf::Hook& hook : bpf::kHooks) hooks.push_back({hook, true, ""});
  return hooks;
}

ledger::NodeInfo node() {
  ledger::NodeInfo info;
  info.kernel = "6.1.0";
  info.cpus = 2;
  info.cgroup = "v2";
  return info;
}

TEST(StartLine, WithAllHooks) {
  EXPECT_TRUE(is_complete(all_hooks()));
  EXPECT_EQ(
      start_line("1.2.3", node(), {"127.0.0.1", 9464}, all_hooks()),
      "faastax-agent 1.2.3 attached: kernel 6.1.0, 2 CPUs, cgroup v2, metrics on 127.0.0.1:9464, no hook is "
      "missing");
}

TEST(StartLine, NamesEachMissingHookAndWhatIsLost) {
  auto hooks = all_hooks();
  for (const std::string_view program : {"fx_signal", "fx_rename"}) {
    bpf::HookState& state = *std::ranges::find(hooks, program, [](const auto& h) { return h.hook.program; });
    state.available = false;
    state.reason = "no tracepoint";
  }
  EXPECT_FALSE(is_complete(hooks));
  const std::string line = start_line("1", node(), {"::1", 80}, hooks);
  EXPECT_TRUE(
      line.ends_with("metrics on [::1]:80, missing hooks: fx_rename (no tracepoint; without it: processes "
                     "keep the name they were forked with); fx_signal (no tracepoint; without it: a stop "
                     "begins only with the exit)"))
      << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace faastax::daemon
