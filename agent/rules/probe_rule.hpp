// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

/// How a health probe is told from a request.
namespace faastax::rules {

enum class ProbeSign : std::uint8_t {
  kUserAgent,  ///< the header User-Agent begins with the text
  kHeader,     ///< a header of that name is there, whatever its value
  kSource,     ///< the connection comes from an address, or a network as 10.0.0.0/8
};
inline constexpr std::array<std::string_view, 3> kProbeSignNames = {"user_agent", "header", "source"};

/// What the kernel compares at most, of each sign: it looks at every request.
inline constexpr std::size_t kProbesOfASign = 8;
inline constexpr std::size_t kProbeTextBytes = 31;

struct ProbeRule {
  ProbeSign sign = ProbeSign::kUserAgent;
  std::string text;  ///< a header's name in lower case

  bool operator==(const ProbeRule&) const = default;
};

/// The rule of a text as a file has it; the error says what is wrong with the text.
std::expected<ProbeRule, std::string> make_probe_rule(ProbeSign sign, std::string_view text);

/// An address or a network; IPv4 as IPv6 has it (::ffff:a.b.c.d), network byte order.
struct AddressRange {
  std::array<std::uint8_t, 16> address{};
  unsigned bits = 128;  ///< that have to agree

  bool operator==(const AddressRange&) const = default;
};

/// Of "10.1.2.3", "10.0.0.0/8", "fd00::/8"; absent for anything else.
std::optional<AddressRange> parse_address_range(std::string_view text);

}  // namespace faastax::rules
