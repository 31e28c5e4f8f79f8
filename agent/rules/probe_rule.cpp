// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/probe_rule.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace faastax::rules {
namespace {

constexpr unsigned kIpv4Bits = 32;
constexpr unsigned kIpv6Bits = 128;
constexpr std::size_t kMappedPrefixBytes = 12;  // ::ffff:0:0/96, RFC 4291 §2.5.5.2

bool is_token(char c) {  // RFC 9110 §5.6.2
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<unsigned> parse_bits(std::string_view text, unsigned most) {
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc() || end != text.data() + text.size() || bits > most) return std::nullopt;
  return bits;
}

}  // namespace

std::expected<ProbeRule, std::string> make_probe_rule(ProbeSign sign, std::string_view text) {
  if (sign == ProbeSign::kSource) {
    if (!parse_address_range(text))
      return std::unexpected("a source is an address or a network as 10.0.0.0/8");
    return ProbeRule{sign, std::string(text)};
  }
  if (text.size() > kProbeTextBytes)
    return std::unexpected("is longer than " + std::to_string(kProbeTextBytes) + " characters");
  ProbeRule rule{sign, std::string(text)};
  if (sign == ProbeSign::kHeader) {
    if (!std::ranges::all_of(text, is_token)) return std::unexpected("is no name of a header");
    std::ranges::transform(rule.text, rule.text.begin(), lower);
  } else if (!std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) {
    return std::unexpected("has characters that no user agent has");
  }
  return rule;
}

std::optional<AddressRange> parse_address_range(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  AddressRange range;
  in_addr ipv4{};
  in6_addr ipv6{};
  unsigned most = kIpv6Bits;
  if (inet_pton(AF_INET, address.c_str(), &ipv4) == 1) {
    most = kIpv4Bits;
    range.address[10] = range.address[11] = 0xff;
    std::memcpy(range.address.data() + kMappedPrefixBytes, &ipv4, sizeof(ipv4));
  } else if (inet_pton(AF_INET6, address.c_str(), &ipv6) == 1) {
    std::memcpy(range.address.data(), &ipv6, sizeof(ipv6));
  } else {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) return range;
  const auto bits = parse_bits(text.substr(slash + 1), most);
  if (!bits) return std::nullopt;
  range.bits = kIpv6Bits - most + *bits;
  return range;
}

}  // namespace faastax::rules
