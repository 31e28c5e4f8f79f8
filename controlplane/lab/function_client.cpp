// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/function_client.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>

namespace faastax::lab {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {
// On a full machine a run takes a multiple of its CPU time; beyond this the instance counts as broken.
constexpr std::chrono::milliseconds kGrace = std::chrono::seconds(60);
constexpr double kLongestStretch = 10;
}  // namespace

FunctionClient::FunctionClient(asio::io_context& io, sandbox::Fd connection)
    : stream_(asio::ip::tcp::socket(io, asio::ip::tcp::v4(), connection.release())) {}

asio::awaitable<std::expected<void, std::string>> FunctionClient::run(double exec_ms, double memory_mib) {
  http::request<http::empty_body> request(http::verb::get,
                                          fmt::format("/run?ms={:.3f}&mb={:.3f}", exec_ms, memory_mib), 11);
  request.set(http::field::host, "function");
  stream_.expires_after(kGrace +
                        std::chrono::milliseconds(static_cast<std::int64_t>(exec_ms * kLongestStretch)));
  boost::system::error_code error;
  co_await http::async_write(stream_, request, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::unexpected("cannot send: " + error.message());
  http::response<http::string_body> response;
  co_await http::async_read(stream_, buffer_, response, asio::redirect_error(asio::use_awaitable, error));
  stream_.expires_never();
  if (error) co_return std::unexpected("no response: " + error.message());
  if (response.result() != http::status::ok) {
    co_return std::unexpected(fmt::format("the function answered {}", response.result_int()));
  }
  co_return std::expected<void, std::string>{};
}

void FunctionClient::close() { stream_.close(); }

}  // namespace faastax::lab
