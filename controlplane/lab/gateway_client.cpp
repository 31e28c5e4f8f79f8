// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/gateway_client.hpp"

#include <fmt/format.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace faastax::lab {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {
// Longer than all limits of the gateway: it says what went wrong.
constexpr std::chrono::minutes kLimit{15};

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// The other side had closed before the request came; interrupted or too late is something else.
bool was_closed(const boost::system::error_code& error) {
  return error == http::error::end_of_stream || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe;
}
}  // namespace

asio::awaitable<boost::system::error_code> GatewayClient::connect() {
  boost::system::error_code error;
  if (stream_.socket().is_open()) co_return error;
  buffer_.clear();
  co_await stream_.async_connect(gateway_, asio::redirect_error(asio::use_awaitable, error));
  if (!error) stream_.socket().set_option(asio::ip::tcp::no_delay(true), error);
  co_return error;
}

asio::awaitable<boost::system::error_code> GatewayClient::exchange(const Request& request,
                                                                   Response& response) {
  boost::system::error_code error;
  co_await http::async_write(stream_, request, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return error;
  co_await http::async_read(stream_, buffer_, response, asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

asio::awaitable<std::expected<void, std::string>> GatewayClient::run(const std::string& function,
                                                                     double exec_ms, double memory_mib) {
  Request request(http::verb::get, fmt::format("/run?ms={:.3f}&mb={:.3f}", exec_ms, memory_mib), 11);
  request.set(http::field::host, "gateway");
  request.set("X-Faastax-Function", function);
  stream_.expires_after(kLimit);
  std::optional<Response> response;
  boost::system::error_code error;
  for (bool again = true; again;) {
    const bool reused = stream_.socket().is_open();
    error = co_await connect();
    if (error) {
      close();
      co_return std::unexpected("cannot reach the gateway: " + error.message());
    }
    response.emplace();
    error = co_await exchange(request, *response);
    again = reused && was_closed(error) && !response->got_some();
    if (error) close();
  }
  stream_.expires_never();
  last_used_ = std::chrono::steady_clock::now();
  if (error) co_return std::unexpected("no response from the gateway: " + error.message());
  if (!response->keep_alive()) close();
  if (response->get().result() != http::status::ok) {
    co_return std::unexpected(
        fmt::format("{}: {}", response->get().result_int(), without_line_end(response->get().body())));
  }
  co_return std::expected<void, std::string>{};
}

}  // namespace faastax::lab
