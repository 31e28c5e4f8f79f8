// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/outgoing.hpp"

#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>

namespace faastax::gateway {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {
constexpr int kHexadecimal = 16;

void append_number(std::string& text, std::uint64_t value, int base) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  text.append(digits.data(), end);
}

// Those that the proxy handles itself, and one that no message may lose.
bool never_named(beast::string_view token) {
  return beast::iequals(token, "close") || beast::iequals(token, "keep-alive") ||
         beast::iequals(token, "upgrade") || beast::iequals(token, "host");
}
}  // namespace

bool of_one_connection(http::field field) {
  switch (field) {
    case http::field::connection:
    case http::field::proxy_connection:
    case http::field::keep_alive:
    case http::field::te:
    case http::field::upgrade:
    case http::field::transfer_encoding:
    case http::field::content_length:
      return true;
    default:
      return false;
  }
}

void Outgoing::number(std::uint64_t value) { append_number(text_, value, 10); }

void Outgoing::field(std::string_view name, std::string_view value) {
  text_.append(name).append(": ").append(value).append("\r\n");
}

void Outgoing::connection(std::string_view value) {
  for (const beast::string_view token : http::token_list{beast::string_view(value.data(), value.size())}) {
    if (!never_named(token)) named_.emplace_back(token.data(), token.size());
  }
}

void Outgoing::drop(std::string_view name) {
  for (std::size_t line = text_.find("\r\n", head_) + 2; line < text_.size();) {
    const std::size_t next = text_.find("\r\n", line) + 2;
    const beast::string_view field(text_.data() + line, text_.find(':', line) - line);
    if (beast::iequals(field, beast::string_view(name.data(), name.size()))) {
      text_.erase(line, next - line);
    } else {
      line = next;
    }
  }
}

void Outgoing::drop_named() {
  for (const std::string& name : named_) drop(name);
}

void Outgoing::end_head(Framing framing, std::uint64_t length) {
  framing_ = framing;
  if (framing == Framing::kLength) {
    append("Content-Length: ");
    number(length);
    append("\r\n");
  } else if (framing == Framing::kChunked) {
    append("Transfer-Encoding: chunked\r\n");
  }
  append("\r\n");
}

void Outgoing::body(std::string_view part) {
  if (part.empty()) return;
  if (framing_ != Framing::kChunked) {
    append(part);
    return;
  }
  append_number(text_, part.size(), kHexadecimal);
  text_.append("\r\n").append(part).append("\r\n");
}

void Outgoing::trailer(std::string_view name, std::string_view value) {
  trailers_.append(name).append(": ").append(value).append("\r\n");
}

void Outgoing::end_body() {
  if (framing_ == Framing::kChunked) text_.append("0\r\n").append(trailers_).append("\r\n");
}

}  // namespace faastax::gateway
