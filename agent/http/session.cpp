// SPDX-License-Identifier: Apache-2.0
#include "agent/http/session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "agent/http/session_words.hpp"

namespace faastax::http {
namespace {

namespace beast = boost::beast;
namespace asio = boost::asio;
using Error = boost::system::error_code;
using Clear = beast::tcp_stream;
using Encrypted = beast::ssl_stream<beast::tcp_stream>;

constexpr std::size_t kBufferBytes = 65536;
// A client that is refused while it still sends would lose the answer with a connection closed at once.
constexpr std::chrono::seconds kHearOut{2};

template <typename Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  template <typename... More>
  Session(asio::ip::tcp::socket socket, Sessions& sessions, std::shared_ptr<asio::ssl::context> tls,
          More&... more)
      : tls_(std::move(tls)),
        stream_(std::move(socket), more...),
        sessions_(sessions),
        peer_(address_of(beast::get_lowest_layer(stream_).socket())),
        buffer_(kBufferBytes) {
    ++sessions_.open;
  }
  ~Session() { --sessions_.open; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start() {
    if constexpr (std::is_same_v<Stream, Encrypted>) {
      timer().expires_after(sessions_.options.write_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](Error error) {
        if (!error) self->read();
      });
    } else {
      read();
    }
  }

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;

  beast::tcp_stream& timer() { return beast::get_lowest_layer(stream_); }

  void read() {
    parser_.emplace();
    parser_->header_limit(sessions_.options.max_header_bytes);
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // none yet: which, the path says
    timer().expires_after(sessions_.options.read_timeout);
    beast::http::async_read_header(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](Error error, std::size_t) { self->on_header(error); });
  }

  void on_header(Error error) {
    if (error) return refuse(error);
    request_ = request_of(parser_->get(), peer_);
    const Inbox* inbox = request_.method == Method::kPost ? sessions_.router.inbox(request_.target) : nullptr;
    const auto limit = inbox == nullptr ? 0 : inbox->max_body_bytes;
    if (parser_->content_length().value_or(0) > limit || (inbox == nullptr && parser_->chunked())) {
      return write(too_large(), false);
    }
    if (inbox == nullptr) return write(sessions_.router.answer(request_), parser_->get().keep_alive());
    if (auto refused = inbox->refuse ? inbox->refuse(request_) : std::nullopt) {
      return write(std::move(*refused), false);  // its body has not been read
    }
    parser_->body_limit(limit);
    if (wants_continue(parser_->get())) return say_continue(*inbox);
    read_body(*inbox);
  }

  void say_continue(const Inbox& inbox) {
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = this->shared_from_this(), &inbox](Error error, std::size_t) {
                        if (!error) self->read_body(inbox);
                      });
  }

  void read_body(const Inbox& inbox) {
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = this->shared_from_this(), &inbox](Error error, std::size_t) {
                              if (error) return self->refuse(error);
                              self->hand_over(inbox);
                            });
  }

  /// The answer may come from another thread, when the peer has long gone.
  void hand_over(const Inbox& inbox) {
    request_.body = std::move(parser_->get().body());
    timer().expires_never();
    ++sessions_.busy;
    inbox.take(std::move(request_), [self = this->shared_from_this()](Response response) {
      asio::post(self->stream_.get_executor(), [self, answer = std::move(response)]() mutable {
        --self->sessions_.busy;
        self->write(std::move(answer), self->parser_->get().keep_alive());
      });
    });
  }

  void refuse(Error error) {
    const auto status = status_of(error);
    if (status != 0) write({.status = status, .body = error.message() + "\n"}, false);
  }

  void write(Response&& response, bool keep_alive) {
    response_ =
        message_of(std::move(response), keep_alive && !sessions_.closing, request_.method != Method::kHead);
    timer().expires_after(sessions_.options.write_timeout);
    ++sessions_.busy;
    beast::http::async_write(stream_, response_, [self = this->shared_from_this()](Error error, std::size_t) {
      --self->sessions_.busy;
      self->on_written(error);
    });
  }

  void on_written(Error error) {
    if (error) return;
    if (response_.keep_alive()) return read();
    timer().expires_after(kHearOut);
    if constexpr (std::is_same_v<Stream, Clear>) {
      Error ignored;
      stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }
    hear_out();
  }

  void hear_out() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kBufferBytes),
                            [self = this->shared_from_this()](Error error, std::size_t) {
                              if (!error) self->hear_out();
                            });
  }

  std::shared_ptr<asio::ssl::context> tls_;  ///< outlives the stream that uses it
  Stream stream_;
  Sessions& sessions_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Request request_;
  beast::http::response<beast::http::string_body> response_;
};

}  // namespace

void serve(asio::ip::tcp::socket socket, Sessions& sessions, std::shared_ptr<asio::ssl::context> tls) {
  if (tls == nullptr) {
    std::make_shared<Session<Clear>>(std::move(socket), sessions, nullptr)->start();
  } else {
    auto& context = *tls;
    std::make_shared<Session<Encrypted>>(std::move(socket), sessions, std::move(tls), context)->start();
  }
}

}  // namespace faastax::http
