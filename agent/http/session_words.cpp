// SPDX-License-Identifier: Apache-2.0
#include "agent/http/session_words.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <cctype>
#include <utility>

namespace faastax::http {
namespace {

namespace http = boost::beast::http;

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::post:
      return Method::kPost;
    default:
      return Method::kOther;
  }
}

std::string lower(boost::beast::string_view text) {
  std::string low(text.data(), text.size());
  std::ranges::transform(low, low.begin(), [](unsigned char c) { return std::tolower(c); });
  return low;
}

}  // namespace

std::string address_of(const boost::asio::ip::tcp::socket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

Request request_of(const BeastRequest& message, const std::string& peer) {
  Request request{method_of(message.method()), std::string(message.target()), peer,
                  std::string(message[http::field::user_agent])};
  if (request.method != Method::kPost) return request;
  for (const auto& field : message) {
    request.headers.emplace(lower(field.name_string()), std::string(field.value()));
  }
  return request;
}

bool wants_continue(const BeastRequest& message) {
  return message.version() == 11 && http::token_list(message[http::field::expect]).exists("100-continue");
}

BeastResponse message_of(Response&& response, bool keep_alive, bool with_body) {
  BeastResponse message;
  message.result(response.status);
  message.set(http::field::content_type, response.content_type);
  if (!response.allow.empty()) message.set(http::field::allow, response.allow);
  if (!response.authenticate.empty()) message.set(http::field::www_authenticate, response.authenticate);
  if (response.retry_after_seconds != 0) {
    message.set(http::field::retry_after, std::to_string(response.retry_after_seconds));
  }
  message.keep_alive(keep_alive);
  if (with_body) {  // else no length either: what GET would have is not known without doing its work
    message.body() = std::move(response.body);
    message.prepare_payload();
  }
  return message;
}

Response too_large() { return {.status = 413, .body = "the body is too large\n"}; }

unsigned status_of(boost::system::error_code error) {
  using Http = http::error;
  if (error.category() != make_error_code(Http::end_of_stream).category()) return 0;
  if (error == Http::end_of_stream || error == Http::partial_message) return 0;
  if (error == Http::header_limit || error == Http::buffer_overflow) return 431;
  if (error == Http::body_limit || error == Http::unexpected_body) return 413;
  return 400;
}

}  // namespace faastax::http
