// SPDX-License-Identifier: Apache-2.0
#include "agent/export/label_text.hpp"

#include <cstdint>

namespace faastax::exporting {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

std::size_t length_by_lead(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
bool second_fits(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

/// Bytes of the valid, printable character at the start of `text`; 0 if there is none.
std::size_t character_length(std::string_view text) {
  const auto lead = byte_at(text, 0);
  const auto length = length_by_lead(lead);
  if (length == 0 || length > text.size()) return 0;
  if (length == 1) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
  }
  return second_fits(lead, byte_at(text, 1)) ? length : 0;
}

}  // namespace

std::string label_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto length = character_length(text);
    const auto next = length == 0 ? kReplacement : text.substr(0, length);
    if (result.size() + next.size() > kMaxLabelBytes) break;
    result += next;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

}  // namespace faastax::exporting
