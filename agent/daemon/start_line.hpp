// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/bpf/features.hpp"
#include "agent/http/endpoint.hpp"
#include "ledger/report.hpp"

namespace faastax::daemon {

/// What the log says once the agent is attached: version, kernel, cgroup layout, where the metrics are, and
/// of each hook that is missing why, and what is lost without it.
std::string start_line(std::string_view version, const ledger::NodeInfo& node, const http::Endpoint& endpoint,
                       const std::vector<bpf::HookState>& hooks);

/// True when the node offers every hook.
bool is_complete(const std::vector<bpf::HookState>& hooks);

}  // namespace faastax::daemon
