// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <expected>
#include <string>

namespace faastax::lab {

/// A client's kept-alive HTTP/1.1 connection to the gateway.
class GatewayClient {
 public:
  GatewayClient(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& gateway)
      : stream_(io), gateway_(gateway) {}

  /// One request to a function ("namespace/function"); connects first where it has to. The whole response has
  /// come when it returns; the error is the gateway's or the function's own word.
  boost::asio::awaitable<std::expected<void, std::string>> run(const std::string& function, double exec_ms,
                                                               double memory_mib);

  /// A request under way fails.
  void close() { stream_.close(); }

 private:
  boost::asio::awaitable<boost::system::error_code> connect();

  boost::beast::tcp_stream stream_;
  boost::asio::ip::tcp::endpoint gateway_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace faastax::lab
