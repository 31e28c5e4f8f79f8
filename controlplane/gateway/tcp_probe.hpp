// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>

namespace faastax::gateway {

/// Calls back with true when something accepts a connection there within a second.
void probe_tcp(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& address,
               std::function<void(bool)> answer);

}  // namespace faastax::gateway
