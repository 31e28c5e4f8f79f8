// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "agent/http/router.hpp"

namespace faastax::http {

struct AgentSources {
  /// Text of /metrics for this scraper: its address and user agent.
  std::function<std::string(std::string_view scraper)> metrics;
  /// Whether the agent is attached and books; if not, why.
  std::function<std::expected<void, std::string>()> ready;
};

/// /metrics, /healthz (200 as long as the server lives) and /readyz (503 and the reason until ready).
/// All sources are called on the server's thread. HEAD /metrics is no scrape: nothing is collected for it.
Router agent_routes(AgentSources sources);

}  // namespace faastax::http
