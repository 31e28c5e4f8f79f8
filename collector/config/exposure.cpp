// SPDX-License-Identifier: Apache-2.0
#include "collector/config/exposure.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>

namespace faastax::collector {
namespace {

/// An address that cannot be read counts as reachable; listening on it says what is wrong with it.
bool is_loopback(const http::Endpoint& endpoint) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(endpoint.address, error);
  return !error && address.is_loopback();
}

}  // namespace

std::expected<std::vector<std::string>, std::string> check_exposure(const CollectorConfig& config) {
  const bool encrypted = !config.tls.certificate.empty();
  if (encrypted != !config.tls.key.empty()) {
    return std::unexpected("TLS needs both `certificate` and `key`");
  }
  if (!encrypted && !config.tls.client_ca.empty()) {
    return std::unexpected("`client_ca` is of no use without `certificate` and `key`");
  }
  std::vector<std::string> warnings;
  for (const auto* endpoint : {&config.listen, &config.listen_http}) {
    if (is_loopback(*endpoint) || encrypted) continue;
    if (!config.insecure) {
      return std::unexpected(
          fmt::format("other machines reach {}, and there is no TLS: set `tls` (certificate, key), listen on "
                      "127.0.0.1, or allow it with --insecure",
                      to_string(*endpoint)));
    }
    warnings.push_back(
        fmt::format("clear text on {}: whoever reads the network reads it", to_string(*endpoint)));
  }
  if (!is_loopback(config.listen) && config.tls.client_ca.empty()) {
    warnings.push_back(
        fmt::format("anyone who reaches {} may send records: `tls: client_ca` admits agents with "
                    "a certificate alone",
                    to_string(config.listen)));
  }
  if (!is_loopback(config.listen_http) && config.events_token.empty()) {
    warnings.push_back(
        fmt::format("anyone who reaches {} may send events: `events: token_file` asks for a token",
                    to_string(config.listen_http)));
  }
  return warnings;
}

}  // namespace faastax::collector
