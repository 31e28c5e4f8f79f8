// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <expected>
#include <string>

#include "controlplane/sandbox/fd.hpp"

namespace faastax::lab {

/// A kept-alive HTTP/1.1 connection to the function in one sandbox.
class FunctionClient {
 public:
  FunctionClient(boost::asio::io_context& io, sandbox::Fd connection);

  /// One request; the whole response has come when it returns.
  boost::asio::awaitable<std::expected<void, std::string>> run(double exec_ms, double memory_mib);

  /// A request under way fails.
  void close();

 private:
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace faastax::lab
