// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/beast/http/field.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace faastax::gateway {

/// How the end of a body is told.
enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

/// What a proxy writes of an HTTP/1.1 message: a head without the fields that are meant for one connection
/// (RFC 9110, 7.6.1), its own framing, and the body in that framing. Everything is appended to one text,
/// which keeps its memory from message to message.
class Outgoing {
 public:
  explicit Outgoing(std::string& text) : text_(text) {}

  void begin() { head_ = text_.size(); }
  void append(std::string_view part) { text_.append(part); }
  void number(std::uint64_t value);
  void field(std::string_view name, std::string_view value);
  /// A `Connection` field of the incoming message: drop_named() drops what it names.
  void connection(std::string_view value);
  void drop_named();
  /// Ends the head; the body that follows is in this framing.
  void end_head(Framing framing, std::uint64_t length);
  void body(std::string_view part);
  void trailer(std::string_view name, std::string_view value);
  void end_body();

 private:
  void drop(std::string_view name);

  std::string& text_;
  std::size_t head_ = 0;
  Framing framing_ = Framing::kNone;
  std::vector<std::string> named_;
  std::string trailers_;
};

/// True for a field that is about this connection or about framing, which the proxy writes itself.
bool of_one_connection(boost::beast::http::field field);

}  // namespace faastax::gateway
