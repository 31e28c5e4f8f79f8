// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include <optional>

#include "controlplane/gateway/server.hpp"
#include "controlplane/gateway/static_router.hpp"

namespace faastax::gateway {

/// What the gateway and the sidecar have in common.
struct ProgramOptions {
  ServerOptions server;
  StaticRouterOptions router;
};

void add_common_options(CLI::App& app, ProgramOptions& options);

/// "127.0.0.1:8080" or "[::1]:8080": numeric, for names are nothing that a proxy should wait for.
std::optional<boost::asio::ip::tcp::endpoint> parse_address(std::string_view text);

/// "namespace/function=ADDRESS:PORT,…", or "=ADDRESS:PORT,…" for everything that has no other route.
std::optional<Route> parse_route(std::string_view text);

/// An empty text, or what is wrong: for CLI11.
std::string check_address(const std::string& text);
std::string check_route(const std::string& text);

}  // namespace faastax::gateway
