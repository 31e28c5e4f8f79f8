// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <optional>
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

/// Sends batches to a collector, one at a time, on one connection as long as that lasts.
class CollectorClient {
 public:
  CollectorClient(boost::asio::io_context& io, CollectorUrl url, std::string token)
      : url_(std::move(url)), token_(std::move(token)), stream_(io), resolver_io_(io) {}

  /// `body`: a JSON batch of CloudEvents. Takes 5 seconds at most.
  boost::asio::awaitable<Answer> send(std::string body);

 private:
  boost::asio::awaitable<boost::system::error_code> connect();
  void close();

  CollectorUrl url_;
  std::string token_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  boost::asio::io_context& resolver_io_;
};

}  // namespace faastax::events
