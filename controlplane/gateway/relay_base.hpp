// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "controlplane/gateway/outgoing.hpp"

namespace faastax::gateway {

/// What the relays of requests and of responses have in common: Beast's parser without a limit of the body,
/// whose pieces go on as they come, in the framing that the writer was given with the head.
template <bool kIsRequest>
class RelayBase : protected boost::beast::http::basic_parser<kIsRequest> {
 public:
  bool head_done() const { return head_done_; }
  bool done() const { return done_; }

 protected:
  using error_code = boost::beast::error_code;
  using view = boost::beast::string_view;
  using field_id = boost::beast::http::field;

  RelayBase(std::uint32_t max_head_bytes, std::string& out) : writer_(out) {
    // boost::none is less than any length to Beast 1.74, which then takes none.
    constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
    this->header_limit(max_head_bytes);
    this->body_limit(kNoLimit);
    this->eager(true);
    writer_.begin();
  }
  ~RelayBase() override = default;

  static std::string_view text(view from) { return {from.data(), from.size()}; }

  /// Takes what it can of `data` and returns how much.
  std::size_t parse(std::string_view data, error_code& ec) {
    return this->put(boost::asio::const_buffer(data.data(), data.size()), ec);
  }

  Outgoing writer_;
  bool head_done_ = false;
  bool trailers_ = false;
  bool done_ = false;

 private:
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(view body, error_code&) override {
    writer_.body(text(body));
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t size, view, error_code&) override { trailers_ = size == 0; }
  std::size_t on_chunk_body_impl(std::uint64_t, view body, error_code&) override {
    writer_.body(text(body));
    return body.size();
  }
};

}  // namespace faastax::gateway
