// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "agent/http/router.hpp"
#include "agent/http/server.hpp"

namespace faastax::http {

/// One connection: reads a request, answers it, and again. Lives as long as an operation on it is under
/// way. All on the server's thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// `open` counts the sessions; it outlives them, as options and router do.
  Session(boost::asio::ip::tcp::socket socket, const ServerOptions& options, const Router& router,
          std::size_t& open);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read();

 private:
  void on_read(boost::system::error_code error);
  void on_written(boost::system::error_code error);
  void answer();
  void refuse(boost::system::error_code error);
  void write(Response&& response, bool keep_alive, bool with_body);

  boost::beast::tcp_stream stream_;
  const ServerOptions& options_;
  const Router& router_;
  std::size_t& open_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
};

}  // namespace faastax::http
