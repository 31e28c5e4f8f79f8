// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/response_relay.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace faastax::gateway {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {
constexpr unsigned kNoContent = 204;
constexpr unsigned kNotModified = 304;
}  // namespace

ResponseRelay::ResponseRelay(const Options& options, std::string& out)
    : RelayBase(options.max_head_bytes, out), options_(options), keep_client_(options.keep_alive) {
  skip(options.to_head);
}

void ResponseRelay::note(const error_code& ec) {
  if (ec && ec != http::error::need_more) error_ = true;
}

std::size_t ResponseRelay::feed(std::string_view data) {
  error_code ec;
  const std::size_t taken = parse(data, ec);
  note(ec);
  return taken;
}

void ResponseRelay::feed_end() {
  error_code ec;
  if (head_done_) {
    put_eof(ec);
    note(ec);
  }
  if (!done_) error_ = true;
}

void ResponseRelay::on_response_impl(int code, view reason, int, error_code& ec) {
  status_ = static_cast<unsigned>(code);
  if (code < 100 || (switches() && !options_.upgrade_allowed)) {
    ec = http::error::bad_status;
    return;
  }
  writer_.append("HTTP/1.1 ");
  writer_.number(status_);
  writer_.append(" ");
  writer_.append(text(reason));
  writer_.append("\r\n");
}

void ResponseRelay::on_field_impl(field_id field, view name, view value, error_code& ec) {
  if (trailers_) {
    if (!of_one_connection(field)) writer_.trailer(text(name), text(value));
    return;
  }
  if (field == http::field::connection) return writer_.connection(text(value));
  if (field == http::field::upgrade) upgrade_ = text(value);
  // An encoding that is not undone here cannot be passed on with another framing.
  if (field == http::field::transfer_encoding && !beast::iequals(value, "chunked")) {
    ec = http::error::bad_transfer_encoding;
  }
  if (!of_one_connection(field)) writer_.field(text(name), text(value));
}

// A client of HTTP/1.0 learns from the close where a body of unknown length ends.
Framing ResponseRelay::framing() const {
  if (status_ < 200 || status_ == kNoContent) return Framing::kNone;
  if (content_length()) return Framing::kLength;
  if (!chunked() && !need_eof()) return Framing::kNone;
  if (need_eof() && (options_.to_head || status_ == kNotModified)) return Framing::kNone;
  return options_.http_1_0 ? Framing::kUntilClose : Framing::kChunked;
}

void ResponseRelay::on_header_impl(error_code&) {
  head_done_ = true;
  const Framing chosen = framing();
  writer_.drop_named();
  if (switches()) {
    writer_.field("Connection", "upgrade");
    writer_.field("Upgrade", upgrade_);
  } else if (!interim()) {
    if (chosen == Framing::kUntilClose) keep_client_ = false;
    if (!keep_client_) {
      writer_.field("Connection", "close");
    } else if (options_.http_1_0) {
      writer_.field("Connection", "keep-alive");
    }
  }
  writer_.end_head(chosen, content_length().value_or(0));
}

void ResponseRelay::on_finish_impl(error_code&) {
  if (!options_.to_head && status_ != kNotModified) writer_.end_body();
  done_ = true;
}

}  // namespace faastax::gateway
