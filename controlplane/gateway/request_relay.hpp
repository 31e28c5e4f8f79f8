// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controlplane/gateway/relay_base.hpp"

namespace faastax::gateway {

/// What the gateway wants to know of a request's head. Kept by a connection, so that it keeps its memory.
struct RequestHead {
  std::string host;
  std::string function;    ///< X-Faastax-Function; empty when there is none
  std::string probe;       ///< K-Network-Probe, by which Knative asks a proxy whether it is ready
  std::string upgrade_to;  ///< the protocols that are asked for with `Connection: upgrade`
  bool head_method = false;
  bool http_1_0 = false;
  bool keep_alive = true;

  void clear();
};

/// Reads one request and writes what the upstream gets of it, piece by piece. The framing is always written
/// anew from what was understood, so that no two readers of it can differ.
class RequestRelay final : private RelayBase<true> {
 public:
  struct Options {
    std::uint32_t max_head_bytes = 0;
    std::string_view client;  ///< its address, for X-Forwarded-For; outlives the relay
  };
  /// Fills `head` and appends to `out`.
  RequestRelay(const Options& options, RequestHead& head, std::string& out);

  /// Takes what it can of `data` and returns how much; it wants the rest again, with more behind it. Once
  /// done() it takes nothing more: what follows is the next request.
  std::size_t feed(std::string_view data);

  using RelayBase::done;
  using RelayBase::head_done;
  /// 0, or the status that says what is wrong with the request (RFC 9110). Nothing can follow it.
  unsigned error() const { return error_; }

 private:
  void on_request_impl(boost::beast::http::verb method, view method_text, view target, int version,
                       error_code& ec) override;
  void on_response_impl(int, view, int, error_code&) override {}
  void on_field_impl(field_id field, view name, view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_finish_impl(error_code& ec) override;
  void take_host(std::string_view value, error_code& ec);
  void refuse(unsigned status, error_code& ec);

  RequestHead& head_;
  std::string_view client_;
  std::string forwarded_for_;
  std::string upgrade_;
  unsigned error_ = 0;
  bool has_host_ = false;
  bool has_proto_ = false;
  bool absolute_target_ = false;
};

}  // namespace faastax::gateway
