// SPDX-License-Identifier: Apache-2.0
#include "collector/store/keys.hpp"

#include <bit>

namespace faastax::store {
namespace {

constexpr std::size_t kSerialDigits = 16;
constexpr std::size_t kMostBoot = 128;
constexpr char kUuid = 0;
constexpr char kText = 1;

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

std::optional<std::string> bytes_of(std::string_view hex) {
  std::string result;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = value_of(hex[i]);
    const int low = value_of(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high << 4 | low);
  }
  return result;
}

/// Of "8-4-4-4-12" digits in lower case, as the kernel writes a boot id.
std::optional<std::string> uuid_bytes(std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() != kLength) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < kLength; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) digits += text[i];
  }
  return bytes_of(digits);
}

}  // namespace

std::optional<std::string> pack_uid(std::string_view uid) {
  if (uid.size() < kSerialDigits + 2 || uid[uid.size() - kSerialDigits - 1] != '-') return std::nullopt;
  const std::optional<std::string> serial = bytes_of(uid.substr(uid.size() - kSerialDigits));
  if (!serial) return std::nullopt;
  const std::string_view boot = uid.substr(0, uid.size() - kSerialDigits - 1);
  const auto packed = [&](char kind, std::string_view bytes) {
    std::string result;
    result.reserve(1 + bytes.size() + serial->size());
    return result.append(1, kind).append(bytes).append(*serial);
  };
  if (const std::optional<std::string> uuid = uuid_bytes(boot)) return packed(kUuid, *uuid);
  if (boot.size() > kMostBoot) return std::nullopt;
  return packed(kText, boot);
}

std::int64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return std::bit_cast<std::int64_t>(hash);
}

}  // namespace faastax::store
