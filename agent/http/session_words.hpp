// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

#include "agent/http/message.hpp"

/// Between Beast's messages and ours.
namespace faastax::http {

using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;
using BeastResponse = boost::beast::http::response<boost::beast::http::string_body>;

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// Without a port; empty when the peer has gone.
std::string address_of(const boost::asio::ip::tcp::socket& socket);

/// Without the body.
Request request_of(const BeastRequest& message, const std::string& peer);

/// RFC 9110, 10.1.1: the client sends the body when it has been told to.
bool wants_continue(const BeastRequest& message);

BeastResponse message_of(Response&& response, bool keep_alive, bool with_body);

/// A body that is more than is taken here.
Response too_large();

/// What to answer to a request that could not be read; 0: nothing, the peer is gone or too slow.
unsigned status_of(boost::system::error_code error);

}  // namespace faastax::http
