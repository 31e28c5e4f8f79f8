// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/request_relay.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace faastax::gateway {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::string_view kScheme = "http://";

unsigned status_of(const beast::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::bad_version) return 505;
  return 400;
}

}  // namespace

void RequestHead::clear() {
  host.clear();
  function.clear();
  probe.clear();
  upgrade_to.clear();
  head_method = http_1_0 = false;
  keep_alive = true;
}

RequestRelay::RequestRelay(const Options& options, RequestHead& head, std::string& out)
    : RelayBase(options.max_head_bytes, out), head_(head), client_(options.client) {}

std::size_t RequestRelay::feed(std::string_view data) {
  beast::error_code ec;
  const std::size_t taken = parse(data, ec);
  if (ec && ec != http::error::need_more && error_ == 0) error_ = status_of(ec);
  return taken;
}

void RequestRelay::refuse(unsigned status, error_code& ec) {
  error_ = status;
  ec = http::error::bad_field;
}

void RequestRelay::on_request_impl(http::verb method, view method_text, view target, int version,
                                   error_code& ec) {
  if (method == http::verb::connect) return refuse(405, ec);
  head_.head_method = method == http::verb::head;
  head_.http_1_0 = version < 11;
  if (beast::iequals(target.substr(0, kScheme.size()), kScheme.data())) {
    // RFC 9112, 3.2.2: its authority counts, whatever the field Host says.
    absolute_target_ = true;
    const std::string_view rest = text(target).substr(kScheme.size());
    head_.host = rest.substr(0, rest.find_first_of("/?"));
  }
  writer_.append(text(method_text));
  writer_.append(" ");
  writer_.append(text(target));
  writer_.append(" HTTP/1.1\r\n");
}

void RequestRelay::take_host(std::string_view value, error_code& ec) {
  if (has_host_) return refuse(400, ec);
  has_host_ = true;
  if (!absolute_target_) head_.host = value;
  writer_.field("Host", value);
}

void RequestRelay::on_field_impl(field_id field, view name, view value, error_code& ec) {
  if (trailers_) {
    if (!of_one_connection(field) && field != http::field::host) writer_.trailer(text(name), text(value));
    return;
  }
  switch (field) {
    case http::field::host:
      return take_host(text(value), ec);
    case http::field::transfer_encoding:
      // Anything but chunked alone could be understood in two ways.
      if (!beast::iequals(value, "chunked")) refuse(501, ec);
      return;
    case http::field::connection:
      return writer_.connection(text(value));
    case http::field::upgrade:
      upgrade_ = text(value);
      return;
    case http::field::unknown:
      if (beast::iequals(name, "X-Faastax-Function")) head_.function = text(value);
      if (beast::iequals(name, "K-Network-Probe")) head_.probe = text(value);
      if (beast::iequals(name, "X-Forwarded-Proto")) has_proto_ = true;
      if (beast::iequals(name, "X-Forwarded-For")) {
        forwarded_for_.append(text(value)).append(", ");
        return;
      }
      break;
    default:
      if (of_one_connection(field)) return;
  }
  writer_.field(text(name), text(value));
}

void RequestRelay::on_header_impl(error_code& ec) {
  head_done_ = true;
  head_.keep_alive = keep_alive();
  if (!has_host_ && !head_.http_1_0) return refuse(400, ec);
  writer_.drop_named();
  writer_.append("X-Forwarded-For: ");
  writer_.append(forwarded_for_);
  writer_.append(client_);
  writer_.append("\r\n");
  if (!has_proto_) writer_.field("X-Forwarded-Proto", "http");
  if (upgrade() && !head_.http_1_0) {
    head_.upgrade_to = upgrade_;
    writer_.field("Connection", "upgrade");
    writer_.field("Upgrade", upgrade_);
  }
  const auto length = content_length();
  if (chunked()) {
    writer_.end_head(Framing::kChunked, 0);
  } else {
    writer_.end_head(length ? Framing::kLength : Framing::kNone, length.value_or(0));
  }
}

void RequestRelay::on_finish_impl(error_code&) {
  writer_.end_body();
  done_ = true;
}

}  // namespace faastax::gateway
