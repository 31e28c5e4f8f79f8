// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "agent/http/server.hpp"
#include "controlplane/gateway/server.hpp"

namespace faastax::gateway {

/// /metrics (docs/metrics.md), /healthz (the loop turns) and /readyz (503 while it drains), on a thread of
/// its own. The loop, the gateway and its router outlive it.
std::expected<std::unique_ptr<http::Server>, std::string> serve_admin(boost::asio::io_context& io,
                                                                      const Server& server,
                                                                      const Router& router,
                                                                      const http::Endpoint& endpoint);

}  // namespace faastax::gateway
