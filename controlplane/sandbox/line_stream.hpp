// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/streambuf.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace faastax::sandbox {

/// Lines of text both ways over a unix stream socket. Closed by close(), by the other end, by a line that is
/// too long, and when the last reference goes.
class LineStream : public std::enable_shared_from_this<LineStream> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  explicit LineStream(Socket socket);

  /// Begins to read: `on_line` for each line, without its end; `on_closed` once, not after close().
  void open(std::function<void(std::string_view)> on_line, std::function<void(std::string)> on_closed);

  /// `line` has its end. Lines leave in order; what cannot leave is dropped with the connection.
  void send(std::string line);

  void close();

 private:
  void read();
  void write();
  void fail(const std::string& reason);

  Socket socket_;
  boost::asio::streambuf incoming_;
  std::deque<std::string> outgoing_;
  std::function<void(std::string_view)> on_line_;
  std::function<void(std::string)> on_closed_;
};

}  // namespace faastax::sandbox
