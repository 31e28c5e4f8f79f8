// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/gateway_client.hpp"

#include <fmt/format.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>

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
}  // namespace

asio::awaitable<boost::system::error_code> GatewayClient::connect() {
  boost::system::error_code error;
  if (stream_.socket().is_open()) co_return error;
  buffer_.clear();
  co_await stream_.async_connect(gateway_, asio::redirect_error(asio::use_awaitable, error));
  if (!error) stream_.socket().set_option(asio::ip::tcp::no_delay(true), error);
  co_return error;
}

asio::awaitable<std::expected<void, std::string>> GatewayClient::run(const std::string& function,
                                                                     double exec_ms, double memory_mib) {
  http::request<http::empty_body> request(http::verb::get,
                                          fmt::format("/run?ms={:.3f}&mb={:.3f}", exec_ms, memory_mib), 11);
  request.set(http::field::host, "gateway");
  request.set("X-Faastax-Function", function);
  stream_.expires_after(kLimit);
  boost::system::error_code error = co_await connect();
  if (error) {
    close();
    co_return std::unexpected("cannot reach the gateway: " + error.message());
  }
  co_await http::async_write(stream_, request, asio::redirect_error(asio::use_awaitable, error));
  http::response<http::string_body> response;
  if (!error) {
    co_await http::async_read(stream_, buffer_, response, asio::redirect_error(asio::use_awaitable, error));
  }
  stream_.expires_never();
  if (error || !response.keep_alive()) close();
  if (error) co_return std::unexpected("no response from the gateway: " + error.message());
  if (response.result() != http::status::ok) {
    co_return std::unexpected(
        fmt::format("{}: {}", response.result_int(), without_line_end(response.body())));
  }
  co_return std::expected<void, std::string>{};
}

}  // namespace faastax::lab
