// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/collector_address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <string>
#include <string_view>

namespace faastax::sender {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

std::string_view host_of(std::string_view target) { return target.substr(0, target.rfind(':')); }

/// A name may begin like a loopback address (127.0.0.1.example.com) and be anywhere.
bool is_this_machine(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

}  // namespace

std::optional<std::string> problem_of_target(const std::string& target) {
  const auto colon = target.rfind(':');
  const std::string_view host = host_of(target);
  const bool is_v6 = host.starts_with('[') && host.ends_with(']');
  if (colon == std::string::npos || host.empty() || (!is_v6 && host.contains(':')) || host.contains('/') ||
      !is_port(std::string_view(target).substr(colon + 1))) {
    return "'" + target + "' is no HOST:PORT";
  }
  return std::nullopt;
}

std::optional<std::string> problem_of(const CollectorAddress& address) {
  if (address.certificate.empty() != address.key.empty()) return "a certificate and its key need each other";
  const bool has_files = !address.authority.empty() || !address.certificate.empty();
  if (address.insecure && has_files)
    return "'insecure' has no use for certificates: leave one or the other out";
  if (address.target.empty() && (has_files || address.insecure)) return "there is no address";
  return std::nullopt;
}

bool uses_tls(const CollectorAddress& address) {
  if (address.insecure) return false;
  return !address.authority.empty() || !address.certificate.empty() ||
         !is_this_machine(host_of(address.target));
}

}  // namespace faastax::sender
