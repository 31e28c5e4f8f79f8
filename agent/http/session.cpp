// SPDX-License-Identifier: Apache-2.0
#include "agent/http/session.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

namespace faastax::http {
namespace {

namespace beast = boost::beast;
using Error = boost::system::error_code;

std::string address_of(const boost::asio::ip::tcp::socket& socket) {
  Error error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

Method method_of(beast::http::verb verb) {
  if (verb == beast::http::verb::get) return Method::kGet;
  return verb == beast::http::verb::head ? Method::kHead : Method::kOther;
}

/// What to answer to a request that could not be read; 0: nothing, the peer is gone or too slow.
unsigned status_of(Error error) {
  using Http = beast::http::error;
  if (error.category() != make_error_code(Http::end_of_stream).category()) return 0;
  if (error == Http::end_of_stream || error == Http::partial_message) return 0;
  if (error == Http::header_limit || error == Http::buffer_overflow) return 431;
  if (error == Http::body_limit || error == Http::unexpected_body) return 413;
  return 400;
}

}  // namespace

Session::Session(boost::asio::ip::tcp::socket socket, const ServerOptions& options, const Router& router,
                 std::size_t& open)
    : stream_(std::move(socket)),
      options_(options),
      router_(router),
      open_(open),
      peer_(address_of(stream_.socket())),
      buffer_(options.max_header_bytes) {
  ++open_;
}

Session::~Session() { --open_; }

void Session::read() {
  parser_.emplace();
  parser_->header_limit(options_.max_header_bytes);
  parser_->body_limit(0);
  stream_.expires_after(options_.read_timeout);
  beast::http::async_read(stream_, buffer_, *parser_,
                          [self = shared_from_this()](Error error, std::size_t) { self->on_read(error); });
}

void Session::on_read(Error error) {
  if (error) return refuse(error);
  answer();
}

void Session::answer() {
  const auto& message = parser_->get();
  const auto agent = message[beast::http::field::user_agent];
  const Request request{method_of(message.method()), std::string(message.target()), peer_,
                        std::string(agent)};
  write(router_.answer(request), message.keep_alive(), request.method != Method::kHead);
}

void Session::refuse(Error error) {
  const auto status = status_of(error);
  if (status != 0) write({.status = status, .body = error.message() + "\n"}, false, true);
}

void Session::write(Response&& response, bool keep_alive, bool with_body) {
  using beast::http::field;
  response_ = {};
  response_.result(response.status);
  response_.set(field::content_type, response.content_type);
  if (!response.allow.empty()) response_.set(field::allow, response.allow);
  response_.keep_alive(keep_alive);
  if (with_body) {  // else no length either: what GET would have is not known without doing its work
    response_.body() = std::move(response.body);
    response_.prepare_payload();
  }
  stream_.expires_after(options_.write_timeout);
  beast::http::async_write(
      stream_, response_, [self = shared_from_this()](Error error, std::size_t) { self->on_written(error); });
}

void Session::on_written(Error error) {
  if (error) return;
  if (response_.keep_alive()) return read();
  Error ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace faastax::http
