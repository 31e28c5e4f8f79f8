// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/tcp_probe.hpp"

#include <boost/beast/core/tcp_stream.hpp>

#include <memory>

namespace faastax::gateway {

namespace {
constexpr auto kLimit = std::chrono::seconds(1);
}

void probe_tcp(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& address,
               std::function<void(bool)> answer) {
  const auto stream = std::make_shared<boost::beast::tcp_stream>(io);
  stream->expires_after(kLimit);
  stream->async_connect(address, [stream, answer = std::move(answer)](
                                     const boost::system::error_code& error) { answer(!error); });
}

}  // namespace faastax::gateway
