// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/http_get.hpp"

#include <fmt/format.h>

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <exception>
#include <optional>
#include <string_view>

namespace faastax::cli::prometheus {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::use_awaitable;

std::string authority(const Url& server) {
  const bool v6 = server.host.contains(':');
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", server.host, v6 ? "]" : "", server.port);
}

template <typename Stream>
asio::awaitable<HttpResponse> exchange(Stream& stream, const Url& server, const std::string& target,
                                       const HttpLimits& limits) {
  http::request<http::empty_body> request(http::verb::get, server.path + target, 11);
  request.set(http::field::host, authority(server));
  request.set(http::field::user_agent, "faastax");
  request.set(http::field::accept, "application/json");
  co_await http::async_write(stream, request, use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(limits.body);
  co_await http::async_read(stream, buffer, parser, use_awaitable);
  co_return HttpResponse{parser.get().result_int(), std::move(parser.get().body())};
}

asio::awaitable<HttpResponse> get(const Url& server, const std::string& target, const HttpLimits& limits) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  const auto addresses = co_await resolver.async_resolve(server.host, server.port, use_awaitable);
  if (!server.tls) {
    beast::tcp_stream stream(executor);
    stream.expires_after(limits.time);
    co_await stream.async_connect(addresses, use_awaitable);
    co_return co_await exchange(stream, server, target, limits);
  }
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_default_verify_paths();
  tls.set_verify_mode(asio::ssl::verify_peer);
  beast::ssl_stream<beast::tcp_stream> stream(executor, tls);
  stream.set_verify_callback(asio::ssl::host_name_verification(server.host));
  // What the macro SSL_set_tlsext_host_name does, without its old-style cast.
  std::string name = server.host;
  if (SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               name.data()) != 1)
    throw beast::system_error(beast::error_code(asio::error::invalid_argument));
  beast::get_lowest_layer(stream).expires_after(limits.time);
  co_await beast::get_lowest_layer(stream).async_connect(addresses, use_awaitable);
  co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  co_return co_await exchange(stream, server, target, limits);
}

std::string reason_of(const beast::system_error& error, const HttpLimits& limits) {
  if (error.code() == beast::error::timeout)
    return fmt::format("no answer within {} s", std::chrono::duration<double>(limits.time).count());
  if (error.code() == http::error::body_limit)
    return fmt::format("the answer is larger than {} MiB: ask for a shorter --since", limits.body >> 20);
  return error.code().message();
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

base::Result<Url> parse_url(const std::string& text) {
  const auto wrong = [&text](const char* what) { return base::failure(fmt::format("{}: {}", text, what)); };
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
  } else if (!rest.starts_with("http://")) {
    return wrong("not a URL (http://HOST:PORT)");
  }
  rest.remove_prefix(rest.find("//") + 2);
  if (rest.find_first_of("?#@ \t\r\n") != rest.npos)
    return wrong("a URL without user, query and fragment is needed");
  const auto slash = rest.find('/');
  std::string_view place = rest.substr(0, slash);
  if (slash != rest.npos) url.path = rest.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  url.port = url.tls ? "443" : "80";
  const auto bracket = place.rfind(']');
  const auto colon = place.find(':', bracket == place.npos ? 0 : bracket);
  if (colon != place.npos) {
    url.port = place.substr(colon + 1);
    place = place.substr(0, colon);
  }
  if (place.starts_with('[') && place.ends_with(']')) place = place.substr(1, place.size() - 2);
  url.host = place;
  if (url.host.empty()) return wrong("no host");
  if (!is_port(url.port)) return wrong("not a port");
  return url;
}

base::Result<HttpResponse> http_get(const Url& server, const std::string& target, const HttpLimits& limits) {
  asio::io_context io(1);
  std::optional<HttpResponse> response;
  std::exception_ptr failed;
  asio::co_spawn(io, get(server, target, limits), [&](std::exception_ptr error, HttpResponse value) {
    failed = error;
    response = std::move(value);
  });
  io.run();
  try {
    if (failed) std::rethrow_exception(failed);
  } catch (const beast::system_error& error) {
    return base::failure(authority(server) + ": " + reason_of(error, limits));
  }
  return std::move(*response);
}

}  // namespace faastax::cli::prometheus
