// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/function_name.hpp"

#include <algorithm>

namespace faastax::gateway {
namespace {

constexpr std::size_t kLongestLabel = 63;  // RFC 1035, and what Kubernetes allows

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
  });
}

std::optional<FunctionName> checked(FunctionName name) {
  if (!is_label(name.space) || !is_label(name.function)) return std::nullopt;
  return name;
}

// An IPv6 address begins with a bracket, which is no label; an IPv4 address is digits and dots.
bool is_address(std::string_view host) {
  return std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; });
}

}  // namespace

std::optional<FunctionName> function_of(std::string_view header, std::string_view host,
                                        std::string_view default_space) {
  if (!header.empty()) {
    const auto slash = header.find('/');
    if (slash == header.npos) return checked({default_space, header});
    return checked({header.substr(0, slash), header.substr(slash + 1)});
  }
  host = host.substr(0, host.find(':'));
  if (is_address(host)) return std::nullopt;
  const auto dot = host.find('.');
  if (dot == host.npos) return checked({default_space, host});
  const std::string_view rest = host.substr(dot + 1);
  return checked({rest.substr(0, rest.find('.')), host.substr(0, dot)});
}

}  // namespace faastax::gateway
