// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "controlplane/gateway/server.hpp"

namespace faastax::gateway {

/// Listens and serves until the first SIGTERM or SIGINT, then drains; a second one cuts. Returns when the
/// last connection is closed.
std::expected<void, std::string> serve(boost::asio::io_context& io, Server& server);

}  // namespace faastax::gateway
