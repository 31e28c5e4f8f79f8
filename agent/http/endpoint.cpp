// SPDX-License-Identifier: Apache-2.0
#include "agent/http/endpoint.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace faastax::http {
namespace {

std::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::unexpected(fmt::format("'{}' is no port (0 to 65535)", text));
  }
  return port;
}

}  // namespace

std::expected<Endpoint, std::string> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::unexpected(fmt::format("'{}' is not ADDRESS:PORT, for instance 127.0.0.1:9464", text));
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::unexpected(port.error());
  auto address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(std::string(address), error);
  if (error || parsed.is_v6() != bracketed) {
    return std::unexpected(
        fmt::format("'{}' is no numeric address (write IPv6 in brackets: [::1]:9464)", address));
  }
  return Endpoint{std::string(address), *port};
}

std::string to_string(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", endpoint.address, v6 ? "]" : "", endpoint.port);
}

}  // namespace faastax::http
