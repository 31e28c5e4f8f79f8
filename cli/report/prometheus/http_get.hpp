// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "agent/base/result.hpp"

namespace faastax::cli::prometheus {

/// "http://host:port/prefix", taken apart; also "https://" and "[::1]".
struct Url {
  bool tls = false;
  std::string host;  ///< without brackets
  std::string port;
  std::string path;  ///< of the server's root, without a slash at its end
  bool operator==(const Url&) const = default;
};

/// The error says what is wrong with it. A user, a query or a fragment is not taken.
base::Result<Url> parse_url(const std::string& text);

struct HttpLimits {
  std::chrono::milliseconds time{30'000};  ///< for the whole exchange
  std::size_t body = 64 << 20;             ///< bytes
};

struct HttpResponse {
  unsigned status = 0;
  std::string body;
};

/// GET `target` ("/…", below the server's root) on a connection of its own; with TLS the server's certificate
/// has to be one that this machine trusts. A status of any kind is a response; the error names the server.
base::Result<HttpResponse> http_get(const Url& server, const std::string& target,
                                    const HttpLimits& limits = {});

}  // namespace faastax::cli::prometheus
