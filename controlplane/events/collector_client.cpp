// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/collector_client.hpp"

#include <fmt/format.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>

#include "proto/scaling_event.hpp"

namespace faastax::events {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kLimit{5};
constexpr std::size_t kLongestReason = 200;

Answer answer_of(const http::response<http::string_body>& response) {
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

asio::awaitable<error_code> CollectorClient::connect() {
  error_code error;
  if (stream_.socket().is_open()) co_return error;
  buffer_.clear();
  asio::ip::tcp::resolver resolver(resolver_io_);
  const auto found =
      co_await resolver.async_resolve(url_.host, url_.port, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return error;
  stream_.expires_after(kLimit);
  co_await stream_.async_connect(found, asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

asio::awaitable<Answer> CollectorClient::send(std::string body) {
  http::request<http::string_body> request(http::verb::post, url_.path, 11);
  request.set(http::field::host, url_.host);
  request.set(http::field::content_type,
              boost::beast::string_view(scaling::kBatchMediaType.data(), scaling::kBatchMediaType.size()));
  if (!token_.empty()) request.set(http::field::authorization, "Bearer " + token_);
  request.body() = std::move(body);
  request.prepare_payload();
  http::response<http::string_body> response;
  // A connection that the collector closed meanwhile says so only now.
  for (bool reused = stream_.socket().is_open();; reused = false) {
    error_code error = co_await connect();
    stream_.expires_after(kLimit);
    if (!error) {
      co_await http::async_write(stream_, request, asio::redirect_error(asio::use_awaitable, error));
    }
    if (!error) {
      co_await http::async_read(stream_, buffer_, response, asio::redirect_error(asio::use_awaitable, error));
    }
    stream_.expires_never();
    if (!error) break;
    close();
    if (!reused) {
      co_return Answer{Answer::Kind::kFailed, fmt::format("no answer from the collector at {}:{}: {}",
                                                          url_.host, url_.port, error.message())};
    }
  }
  if (!response.keep_alive()) close();
  co_return answer_of(response);
}

}  // namespace faastax::events
