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

/// False: these are no pairs of digits.
bool append_bytes(std::string& into, std::string_view hex) {
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = value_of(hex[i]);
    const int low = value_of(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    into += static_cast<char>(high << 4 | low);
  }
  return true;
}

/// Of "8-4-4-4-12" digits in lower case, as the kernel writes a boot id; false: it is none.
bool append_uuid(std::string& into, std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() != kLength) return false;
  std::size_t from = 0;
  for (const std::size_t dash : {8, 13, 18, 23}) {
    if (text[dash] != '-' || !append_bytes(into, text.substr(from, dash - from))) return false;
    from = dash + 1;
  }
  return append_bytes(into, text.substr(from));
}

}  // namespace

std::optional<std::string> pack_uid(std::string_view uid) {
  if (uid.size() < kSerialDigits + 2 || uid[uid.size() - kSerialDigits - 1] != '-') return std::nullopt;
  const std::string_view boot = uid.substr(0, uid.size() - kSerialDigits - 1);
  if (boot.size() > kMostBoot) return std::nullopt;
  std::string packed;
  packed.reserve(1 + boot.size() + kSerialDigits / 2);
  packed += kUuid;
  if (!append_uuid(packed, boot)) packed.assign(1, kText).append(boot);
  if (!append_bytes(packed, uid.substr(uid.size() - kSerialDigits))) return std::nullopt;
  return packed;
}

std::int64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return std::bit_cast<std::int64_t>(hash);
}

}  // namespace faastax::store
