// SPDX-License-Identifier: Apache-2.0
#include "collector/store/postgres_text.hpp"

#include <array>
#include <bit>
#include <charconv>

namespace faastax::store {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

void append_hex(std::string& into, std::string_view bytes) {
  std::size_t at = into.size();
  into.resize(at + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    into[at++] = kDigits[byte >> 4];
    into[at++] = kDigits[byte & 15];
  }
}

constexpr unsigned value_of(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  return digit >= 'a' && digit <= 'f' ? static_cast<unsigned>(digit - 'a' + 10) : 0;
}

template <typename Number>
void put_number(Number value, char* into) {
  for (std::size_t i = sizeof(value); i-- > 0; value >>= 8) into[i] = static_cast<char>(value & 0xff);
}

// Dimensions, whether there are nulls, the elements' type; of the dimension its size and its first index.
constexpr std::size_t kCountAt = 12;

}  // namespace

BinaryArray::BinaryArray(Of type) {
  for (const std::uint32_t word : {1U, 0U, static_cast<std::uint32_t>(type), 0U, 1U}) put(word);
}

void BinaryArray::put(std::uint32_t value) {
  bytes_.resize(bytes_.size() + sizeof(value));
  put_number(value, bytes_.data() + bytes_.size() - sizeof(value));
}

void BinaryArray::add(std::int64_t number) {
  put(sizeof(number));
  bytes_.resize(bytes_.size() + sizeof(number));
  put_number(std::bit_cast<std::uint64_t>(number), bytes_.data() + bytes_.size() - sizeof(number));
  ++count_;
}

void BinaryArray::add(std::string_view bytes) {
  put(static_cast<std::uint32_t>(bytes.size()));
  bytes_ += bytes;
  ++count_;
}

const std::string& BinaryArray::bytes() {
  put_number(count_, bytes_.data() + kCountAt);
  return bytes_;
}

std::string from_hex_text(std::string_view text) {
  std::string result;
  if (!text.starts_with("\\x")) return result;
  text.remove_prefix(2);
  result.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    result += static_cast<char>(value_of(text[i]) << 4 | value_of(text[i + 1]));
  }
  return result;
}

void ArrayText::separate() {
  if (text_.size() > 1) text_ += ',';
}

void ArrayText::add(std::int64_t number) {
  separate();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text_.append(digits.data(), end.ptr);
}

void ArrayText::add_bytes(std::string_view bytes) {
  separate();
  text_ += "\"\\\\x";
  append_hex(text_, bytes);
  text_ += '"';
}

void ArrayText::add_text(std::string_view text) {
  separate();
  text_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

const std::string& ArrayText::text() {
  if (!ended_) text_ += '}';
  ended_ = true;
  return text_;
}

std::int64_t from_binary(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return std::bit_cast<std::int64_t>(value);
}

std::string with_time_limits(const std::string& url) {
  constexpr std::array<std::string_view, 5> kLimits = {"connect_timeout=5", "keepalives_idle=10",
                                                       "keepalives_interval=5", "keepalives_count=3",
                                                       "tcp_user_timeout=15000"};
  std::string result = url;
  for (const std::string_view limit : kLimits) {
    if (url.find(limit.substr(0, limit.find('=') + 1)) != std::string::npos) continue;
    result += result.find('?') == std::string::npos ? '?' : '&';
    result += limit;
  }
  return result;
}

}  // namespace faastax::store
