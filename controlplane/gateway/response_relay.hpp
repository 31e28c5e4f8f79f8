// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controlplane/gateway/relay_base.hpp"

namespace faastax::gateway {

/// Reads one response (an interim one too) and writes what the client gets of it, piece by piece.
class ResponseRelay final : private RelayBase<false> {
 public:
  struct Options {
    std::uint32_t max_head_bytes = 0;
    bool to_head = false;          ///< the request's method was HEAD: no body comes
    bool http_1_0 = false;         ///< the client knows no chunks
    bool keep_alive = true;        ///< the client's connection can stay open
    bool upgrade_allowed = false;  ///< 101 may come
  };
  /// Appends to `out`.
  ResponseRelay(const Options& options, std::string& out);

  /// Takes what it can of `data` and returns how much; it wants the rest again, with more behind it.
  std::size_t feed(std::string_view data);
  /// The upstream closed: for some responses that is their end, for the others an error().
  void feed_end();

  using RelayBase::done;
  using RelayBase::head_done;
  bool error() const { return error_; }
  unsigned status() const { return status_; }
  bool interim() const { return status_ >= 100 && status_ < 200 && status_ != kSwitching; }
  bool switches() const { return status_ == kSwitching; }
  /// The upstream's connection can serve another request.
  bool upstream_keeps_alive() const { return keep_alive() && !need_eof(); }
  /// The client was told that its connection stays open.
  bool client_keeps_alive() const { return keep_client_; }

 private:
  static constexpr unsigned kSwitching = 101;

  void on_request_impl(boost::beast::http::verb, view, view, int, error_code&) override {}
  void on_response_impl(int code, view reason, int version, error_code& ec) override;
  void on_field_impl(field_id field, view name, view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_finish_impl(error_code& ec) override;
  Framing framing() const;
  void note(const error_code& ec);

  Options options_;
  std::string upgrade_;
  unsigned status_ = 0;
  bool keep_client_ = true;
  bool error_ = false;
};

}  // namespace faastax::gateway
