// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace faastax::http {

/// Where to listen. The default is for this machine only: the metrics name functions.
struct Endpoint {
  std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
  std::uint16_t port = 9464;          ///< 0: any free one
  bool operator==(const Endpoint&) const = default;
};

/// "127.0.0.1:9464" or "[::1]:9464".
std::expected<Endpoint, std::string> parse_endpoint(std::string_view text);

std::string to_string(const Endpoint& endpoint);

}  // namespace faastax::http
