// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <string>

#include "controlplane/events/collector_url.hpp"

namespace faastax::events {

/// What a collector made of a batch.
struct Answer {
  enum class Kind {
    kStored,
    kRefused,  ///< and always will
    kFailed,   ///< it may take it another time
  };
  Kind kind = Kind::kFailed;
  std::string why = {};
};

using Request = boost::beast::http::request<boost::beast::http::string_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;

/// Sends batches to a collector, one at a time, on one connection as long as that lasts.
class CollectorClient {
 public:
  CollectorClient(boost::asio::io_context& io, CollectorUrl url, std::string token,
                  std::chrono::milliseconds limit = std::chrono::seconds(5))
      : url_(std::move(url)), token_(std::move(token)), limit_(limit), stream_(io), io_(io) {}

  /// `body`: a JSON batch of CloudEvents. Takes the limit at most, with all that belongs to it: finding the
  /// host, connecting, and a second try where the collector had closed the connection.
  boost::asio::awaitable<Answer> send(std::string body);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Error = boost::system::error_code;

  boost::asio::awaitable<Error> connect(TimePoint until);
  boost::asio::awaitable<Error> exchange(const Request& request, Response& response, TimePoint until);
  void close();

  CollectorUrl url_;
  std::string token_;
  std::chrono::milliseconds limit_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  boost::asio::io_context& io_;
};

}  // namespace faastax::events
