// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <expected>
#include <string>

namespace faastax::lab {

/// A client's kept-alive HTTP/1.1 connection to the gateway.
class GatewayClient {
 public:
  GatewayClient(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& gateway)
      : stream_(io), gateway_(gateway) {}

  /// One request to a function ("namespace/function"); connects first where it has to, and again when the
  /// gateway has closed the kept connection meanwhile. The whole response has come when it returns; the error
  /// is the gateway's or the function's own word.
  boost::asio::awaitable<std::expected<void, std::string>> run(const std::string& function, double exec_ms,
                                                               double memory_mib);

  /// A request under way fails.
  void close() { stream_.close(); }
  /// When its last response came.
  std::chrono::steady_clock::time_point last_used() const { return last_used_; }

 private:
  using Request = boost::beast::http::request<boost::beast::http::empty_body>;
  using Response = boost::beast::http::response_parser<boost::beast::http::string_body>;

  boost::asio::awaitable<boost::system::error_code> connect();
  boost::asio::awaitable<boost::system::error_code> exchange(const Request& request, Response& response);

  boost::beast::tcp_stream stream_;
  boost::asio::ip::tcp::endpoint gateway_;
  boost::beast::flat_buffer buffer_;
  std::chrono::steady_clock::time_point last_used_{};
};

}  // namespace faastax::lab
