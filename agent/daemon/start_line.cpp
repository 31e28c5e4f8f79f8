// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/start_line.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace faastax::daemon {

bool is_complete(const std::vector<bpf::HookState>& hooks) {
  return std::ranges::all_of(hooks, &bpf::HookState::available);
}

std::string start_line(std::string_view version, const ledger::NodeInfo& node, const http::Endpoint& endpoint,
                       const std::vector<bpf::HookState>& hooks) {
  std::string line = fmt::format("faastax-agent {} attached: kernel {}, {} CPUs, cgroup {}, metrics on {}",
                                 version, node.kernel, node.cpus, node.cgroup, http::to_string(endpoint));
  if (is_complete(hooks)) return line + ", no hook is missing";
  line += ", missing hooks:";
  std::string_view separator = " ";
  for (const bpf::HookState& state : hooks) {
    if (state.available) continue;
    line += fmt::format("{}{} ({}; without it: {})", separator, state.hook.program, state.reason,
                        state.hook.without);
    separator = "; ";
  }
  return line;
}

}  // namespace faastax::daemon
