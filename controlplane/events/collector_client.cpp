// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/collector_client.hpp"

#include <fmt/format.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <utility>

#include "proto/scaling_event.hpp"

namespace faastax::events {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kLongestReason = 200;
constexpr std::size_t kLongestBody = 64 << 10;  // a collector says one line

/// RFC 9110, 7.2: with the port unless it is HTTP's own, an IPv6 address in brackets.
std::string host_field(const CollectorUrl& url) {
  std::string host = url.host.find(':') == std::string::npos ? url.host : '[' + url.host + ']';
  return url.port == "80" ? host : host + ':' + url.port;
}

using Endpoints = asio::ip::tcp::resolver::results_type;

/// A name's addresses. A resolver that asks a server in vain cannot be interrupted: it is left to end by
/// itself.
asio::awaitable<Endpoints> resolve(asio::io_context& io, const CollectorUrl& url,
                                   std::chrono::steady_clock::time_point until, error_code& error) {
  struct Search {
    explicit Search(asio::io_context& on) : resolver(on), timer(on) {}
    asio::ip::tcp::resolver resolver;
    asio::steady_timer timer;
    Endpoints found;
    error_code error = asio::error::timed_out;
  };
  const auto search = std::make_shared<Search>(io);
  search->timer.expires_at(until);
  search->resolver.async_resolve(url.host, url.port, [search](const error_code& failed, Endpoints found) {
    search->error = failed;
    search->found = std::move(found);
    search->timer.cancel();
  });
  error_code cancelled;
  co_await search->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  error = search->error;
  co_return search->found;
}

Answer answer_of(const Response& response) {
  const unsigned status = response.result_int();
  if (status / 100 == 2) return {Answer::Kind::kStored};
  std::string why = fmt::format("the collector answered {}: {}", status,
                                std::string_view(response.body()).substr(0, kLongestReason));
  why.resize(why.find_last_not_of("\r\n ") + 1);
  // A token or the collector's configuration may be put right while we wait.
  const bool for_good = status == 400 || status == 413 || status == 415 || status == 422;
  return {for_good ? Answer::Kind::kRefused : Answer::Kind::kFailed, std::move(why)};
}

}  // namespace

void CollectorClient::close() {
  error_code ignored;
  stream_.socket().close(ignored);
}

asio::awaitable<error_code> CollectorClient::connect(TimePoint until) {
  error_code error;
  if (stream_.socket().is_open()) co_return error;
  buffer_.clear();
  const Endpoints found = co_await resolve(io_, url_, until, error);
  if (error) co_return error;
  stream_.expires_at(until);
  co_await stream_.async_connect(found, asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

asio::awaitable<error_code> CollectorClient::exchange(const Request& request, Response& response,
                                                      TimePoint until) {
  error_code error = co_await connect(until);
  stream_.expires_at(until);
  if (!error) co_await http::async_write(stream_, request, asio::redirect_error(asio::use_awaitable, error));
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLongestBody);
  if (!error) {
    co_await http::async_read_header(stream_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
  }
  // Boost 1.74's parser does not hold a response's Content-Length against its limit, only what has none.
  if (!error && parser.content_length().value_or(0) > kLongestBody) error = http::error::body_limit;
  if (!error) {
    co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
  }
  stream_.expires_never();
  response = parser.release();
  co_return error;
}

asio::awaitable<Answer> CollectorClient::send(std::string body) {
  Request request(http::verb::post, url_.path, 11);
  request.set(http::field::host, host_field(url_));
  request.set(http::field::content_type,
              boost::beast::string_view(scaling::kBatchMediaType.data(), scaling::kBatchMediaType.size()));
  if (!token_.empty()) request.set(http::field::authorization, "Bearer " + token_);
  request.body() = std::move(body);
  request.prepare_payload();
  Response response;
  const TimePoint until = std::chrono::steady_clock::now() + limit_;
  // A connection that the collector closed meanwhile says so only now.
  for (bool reused = stream_.socket().is_open();; reused = false) {
    const error_code error = co_await exchange(request, response, until);
    if (!error) break;
    close();
    if (!reused || std::chrono::steady_clock::now() >= until) {
      co_return Answer{Answer::Kind::kFailed, fmt::format("no answer from the collector at {}: {}",
                                                          host_field(url_), error.message())};
    }
  }
  if (!response.keep_alive()) close();
  co_return answer_of(response);
}

}  // namespace faastax::events
