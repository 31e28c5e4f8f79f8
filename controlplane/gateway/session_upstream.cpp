// SPDX-License-Identifier: Apache-2.0
// One request's way through an instance, and the response's way back.
#include <boost/asio/write.hpp>

#include "controlplane/gateway/session.hpp"

namespace faastax::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::string_view kCutOff = "the instance can no longer be reached";
constexpr auto kSilence = std::chrono::seconds(3);  // before which a connection is not looked at

/// Writes what the socket takes now of `text` from `done` on; error would_block: the rest has to wait.
error_code write_now(tcp::socket& socket, const std::string& text, std::size_t& done) {
  error_code error;
  while (done < text.size() && !error) {
    done += socket.write_some(asio::buffer(text.data() + done, text.size() - done), error);
  }
  return error;
}

}  // namespace

void Session::connect(const Endpoint& endpoint) {
  ++attempts_;
  sent_any_ = upload_failed_ = upstream_lost_ = false;
  upstream_ = shared_.pool.take(endpoint.instance);
  if (upstream_) return connected();
  upstream_ = std::make_unique<Upstream>(shared_.io, endpoint.instance);
  if (const auto opened = open_socket(upstream_->socket, endpoint); !opened) {
    // The gateway's own trouble: the instance is as good as before.
    release(Outcome::kAbandoned);
    return answer(503, "the gateway " + opened.error());
  }
  enter(State::kConnecting, shared_.limits.connect);
  upstream_->socket.async_connect(
      endpoint.address, [this, self = shared_from_this(), mine = exchange_](const error_code& error) {
        if (mine != exchange_) return;
        error ? unreachable() : connected();
      });
}

void Session::connected() {
  enter(State::kRelaying, patience());
  if (pump_up()) read_upstream();
}

// How long the next piece may take: of the request, then of the wait for an answer, then of that.
std::chrono::milliseconds Session::patience() const {
  const bool answering = response_ && response_->head_done() && !response_->interim();
  return answering || !request_->done() ? shared_.limits.stall : shared_.limits.response;
}

void Session::progressed() {
  if (state_ == State::kRelaying) deadline_ = Clock::now() + patience();
}

// An instance that is silent may be at work; where it cannot even be reached, nobody waits for it.
void Session::look_for_upstream(Clock::time_point now) {
  if (state_ != State::kRelaying || !upstream_ || now < deadline_ - patience() + kSilence) return;
  if (is_cut_off(upstream_->socket)) fail(502, kCutOff, Outcome::kBroken);
}

// A whole response, of which the client may have yet to read something.
bool Session::response_came() const { return response_ && response_->done() && !response_->interim(); }

void Session::unreachable() {
  if (attempts_ >= shared_.limits.attempts) {
    release(Outcome::kUnreachable);
    return answer(502, "no instance of the function can be reached");
  }
  leave_upstream();
  ++shared_.counters.retried;
  enter(State::kWaiting, std::chrono::milliseconds::max());
  shared_.router.retry(id_);
}

void Session::lost() {
  if (state_ == State::kConnecting) return unreachable();
  if (state_ == State::kTunnel) return end_tunnel();
  upstream_lost_ = true;
  // A whole response that the client has yet to read needs no instance.
  if (state_ == State::kRelaying && !response_came()) fail(502, "the instance is gone", Outcome::kBroken);
}

// What was sent is not sent again: nobody knows how far the instance got.
void Session::fail(unsigned status, std::string_view reason, Outcome outcome) {
  release(outcome);
  if (!response_ || !response_->head_done() || response_->interim()) return answer(status, reason);
  count_end(0);
  close();
}

void Session::overdue() {
  if (writing_down_) return client_gone();
  if (!request_->done() && !writing_up_ && !upload_failed_)
    return fail(408, "the request's body stopped coming", Outcome::kAbandoned);
  fail(504, "the instance did not answer in time", Outcome::kBroken);
}

void Session::leave_upstream() {
  ++exchange_;
  reading_upstream_ = writing_up_ = false;
  upstream_.reset();
}

void Session::release(Outcome outcome) {
  leave_upstream();
  shared_.router.release(id_, outcome);
}

// False when this way through the instance is over.
bool Session::pump_up() {
  const auto mine = exchange_;
  while (!writing_up_ && !upload_failed_) {
    if (!write_up()) return mine == exchange_;
    if (!feed_up()) break;
  }
  if (mine != exchange_) return false;
  read_client();
  return true;
}

// False when there is nothing to write.
bool Session::feed_up() {
  if (state_ == State::kTunnel) {
    up_ = client_in_.data();
  } else if (!request_->done()) {
    client_in_.consume(request_->feed(client_in_.data()));
    if (request_->error() != 0 || client_in_.full()) {
      fail(400, "the request's body is not understood", Outcome::kAbandoned);
      return false;
    }
    progressed();
    return !up_.empty();
  }
  if (state_ == State::kTunnel) client_in_.consume(up_.size());
  return !up_.empty();
}

// False when it has to wait, or has failed.
bool Session::write_up() {
  const error_code error = write_now(upstream_->socket, up_, up_done_);
  sent_any_ = sent_any_ || up_done_ > 0;
  if (!error) {
    up_.clear();
    up_done_ = 0;
    return true;
  }
  if (error != asio::error::would_block) {
    upload_failed();
    return false;
  }
  writing_up_ = true;
  upstream_->socket.async_wait(tcp::socket::wait_write,
                               [this, self = shared_from_this(), mine = exchange_](const error_code&) {
                                 if (mine != exchange_) return;
                                 writing_up_ = false;
                                 progressed();
                                 pump_up();
                               });
  return false;
}

// An instance may answer and close before it has read a whole body: the answer counts.
void Session::upload_failed() {
  if (state_ == State::kTunnel) return end_tunnel();
  if (!sent_any_) return unreachable();
  upload_failed_ = true;
}

void Session::read_upstream() {
  if (reading_upstream_ || upstream_->in.full()) return;
  reading_upstream_ = true;
  char* const room = upstream_->in.room();
  upstream_->socket.async_read_some(
      asio::buffer(room, upstream_->in.room_bytes()),
      [this, self = shared_from_this(), mine = exchange_](const error_code& error, std::size_t count) {
        if (mine != exchange_) return;
        reading_upstream_ = false;
        if (error) return upstream_closed(error);
        upstream_->in.commit(count);
        state_ == State::kTunnel ? pump_tunnel() : pump_down();
      });
}

void Session::upstream_closed(const error_code& how) {
  if (state_ == State::kTunnel) return end_tunnel();
  const bool in_order = how == asio::error::eof;
  if (in_order && response_) response_->feed_end();
  if (!in_order || !response_came()) {
    const bool closed = in_order || how == asio::error::connection_reset;
    return fail(502, closed ? "the instance closed the connection before the response was complete" : kCutOff,
                Outcome::kBroken);
  }
  if (write_down()) finish_exchange();
}

void Session::start_response() {
  response_.emplace(ResponseRelay::Options{.max_head_bytes = shared_.limits.max_head_bytes,
                                           .to_head = head_.head_method,
                                           .http_1_0 = head_.http_1_0,
                                           .keep_alive = head_.keep_alive && !shared_.draining,
                                           .upgrade_allowed = !head_.upgrade_to.empty()},
                    down_);
}

void Session::pump_down() {
  const auto mine = exchange_;
  while (!writing_down_ && feed_down()) {
    if (!write_down()) break;
    if (!response_came()) continue;
    if (!response_->switches()) return finish_exchange();
    enter(State::kTunnel, std::chrono::milliseconds::max());
    pump_up();
    if (mine == exchange_) pump_tunnel();
    return;
  }
  if (mine == exchange_ && !writing_down_) read_upstream();
}

// False when there is nothing more, or the way is over.
bool Session::feed_down() {
  Upstream& from = *upstream_;
  if (from.in.empty()) return false;
  if (!response_ || (response_->interim() && response_->done())) start_response();
  from.in.consume(response_->feed(from.in.data()));
  if (response_->error() || from.in.full()) {
    fail(502, "the instance's response is not understood", Outcome::kBroken);
    return false;
  }
  progressed();
  return response_->done() || !down_.empty();
}

// False when it has to wait, or has failed.
bool Session::write_down() {
  const error_code error = write_now(client_, down_, down_done_);
  if (!error) {
    down_.clear();
    down_done_ = 0;
    return true;
  }
  if (error != asio::error::would_block) {
    client_gone();
    return false;
  }
  writing_down_ = true;
  client_.async_wait(tcp::socket::wait_write, [this, self = shared_from_this()](const error_code&) {
    writing_down_ = false;
    if (state_ == State::kClosed || !write_down()) return;
    deadline_ = Clock::now() + shared_.limits.stall;
    if (state_ == State::kAnswering) return keep_ ? next_request() : linger();
    if (state_ == State::kTunnel) return pump_tunnel();
    if (state_ != State::kRelaying) return;
    response_came() ? finish_exchange() : pump_down();
  });
  return false;
}

void Session::finish_exchange() {
  const bool whole = request_->done() && up_.empty();
  const bool client_stays = whole && response_->client_keeps_alive();
  const bool stays = whole && response_->upstream_keeps_alive() && upstream_->in.empty();
  if (stays && !upstream_lost_ && !shared_.draining) {
    shared_.pool.put(std::move(upstream_), Clock::now());
  }
  count_end(response_->status());
  state_ = State::kAnswering;
  release(Outcome::kAnswered);
  client_stays ? next_request() : linger();
}

void Session::pump_tunnel() {
  while (!writing_down_) {
    if (!write_down()) return;
    if (upstream_->in.empty()) return read_upstream();
    down_ = upstream_->in.data();
    upstream_->in.consume(down_.size());
  }
}

void Session::end_tunnel() {
  count_end(101);
  release(Outcome::kAnswered);
  close();
}

}  // namespace faastax::gateway
