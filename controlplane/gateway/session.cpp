// SPDX-License-Identifier: Apache-2.0
// The client's side: its connection and its requests. session_upstream.cpp has a request's way through an
// instance.
#include "controlplane/gateway/session.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/beast/http/status.hpp>

#include <iterator>

namespace faastax::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr auto kNoLimit = std::chrono::milliseconds::max();
constexpr auto kLinger = std::chrono::seconds(2);
constexpr auto kProbeLimit = std::chrono::seconds(10);
constexpr std::string_view kEmptyLine = "\r\n";

std::string_view phrase(unsigned status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}
}  // namespace

Session::Session(Shared& shared, tcp::socket client, std::string client_address)
    : shared_(shared), client_(std::move(client)), client_address_(std::move(client_address)) {
  shared_.sessions.insert(this);
  shared_.counters.connections = shared_.sessions.size();
}

Session::~Session() {
  shared_.sessions.erase(this);
  shared_.counters.connections = shared_.sessions.size();
}

void Session::start() {
  self_ = shared_from_this();
  error_code ignored;
  client_.set_option(tcp::no_delay(true), ignored);
  client_.non_blocking(true, ignored);
  next_request();
}

void Session::enter(State state, std::chrono::milliseconds limit) {
  state_ = state;
  deadline_ = limit == kNoLimit ? Clock::time_point::max() : Clock::now() + limit;
}

void Session::read_client() {
  if (reading_client_ || state_ == State::kClosed || client_in_.full()) return;
  reading_client_ = true;
  char* const room = client_in_.room();
  client_.async_read_some(asio::buffer(room, client_in_.room_bytes()),
                          [this, self = shared_from_this()](const error_code& error, std::size_t count) {
                            reading_client_ = false;
                            if (state_ == State::kClosed) return;
                            if (error) return client_gone();
                            client_in_.commit(count);
                            client_data();
                          });
}

void Session::client_data() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kHead) {
    read_head();
  } else if (state_ == State::kRelaying || state_ == State::kTunnel) {
    pump_up();
  } else if (state_ == State::kClosing) {
    client_in_.consume(client_in_.data().size());
  }
  read_client();
}

void Session::client_gone() {
  if (state_ == State::kTunnel) return end_tunnel();
  if (exchanging()) {
    count_end(0);
    if (state_ == State::kWaiting) shared_.router.abandon(id_);
    if (state_ == State::kConnecting || state_ == State::kRelaying) release(Outcome::kAbandoned);
  }
  close();
}

void Session::read_head() {
  if (!request_) {
    while (client_in_.data().starts_with(kEmptyLine)) client_in_.consume(kEmptyLine.size());
    if (client_in_.empty()) return;
    head_.clear();
    up_.clear();
    up_done_ = 0;
    request_.emplace(RequestRelay::Options{shared_.limits.max_head_bytes, client_address_}, head_, up_);
  }
  client_in_.consume(request_->feed(client_in_.data()));
  if (request_->error() != 0) return answer(request_->error(), "the request is not understood");
  if (request_->head_done()) return begin_exchange();
  if (client_in_.full()) return answer(431, "the request's head is too large");
  if (!in_head_) enter(State::kHead, shared_.limits.head);
  in_head_ = true;
}

void Session::begin_exchange() {
  in_head_ = false;
  id_ = ++shared_.last_request;
  attempts_ = 0;
  shared_.counters.in_flight.change(1, Clock::now());
  if (head_.probe.empty() || !shared_.probe) return acquire();
  enter(State::kProbe, kProbeLimit);
  shared_.probe([this, self = shared_from_this(), id = id_](unsigned status) {
    if (state_ == State::kProbe && id == id_) answer(status, status == 200 ? head_.probe : "not ready");
  });
}

void Session::acquire() {
  enter(State::kWaiting, kNoLimit);
  const auto name = function_of(head_.function, head_.host, shared_.default_space);
  shared_.router.acquire(id_, name.value_or(FunctionName{}), *this);
}

void Session::granted(const Endpoint& endpoint) { connect(endpoint); }

void Session::refused(const Refusal& refusal) { answer(refusal.status, refusal.reason); }

void Session::count_end(unsigned status) {
  shared_.counters.in_flight.change(-1, Clock::now());
  if (status == 0) {
    ++shared_.counters.aborted;
  } else {
    shared_.counters.responded(status);
  }
}

void Session::answer(unsigned status, std::string_view reason) {
  if (exchanging()) {
    count_end(status);
  } else {
    shared_.counters.responded(status);
  }
  keep_ = request_ && request_->done() && request_->error() == 0 && head_.keep_alive && !shared_.draining;
  down_.clear();
  down_done_ = 0;
  fmt::format_to(std::back_inserter(down_),
                 "HTTP/1.1 {} {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{}\r\n", status,
                 phrase(status), reason.size() + 1,
                 !keep_           ? "Connection: close\r\n"
                 : head_.http_1_0 ? "Connection: keep-alive\r\n"
                                  : "");
  if (!head_.head_method) down_.append(reason).append("\n");
  enter(State::kAnswering, shared_.limits.stall);
  if (write_down() && state_ == State::kAnswering) keep_ ? next_request() : linger();
}

void Session::next_request() {
  request_.reset();
  response_.reset();
  in_head_ = false;
  enter(State::kHead, shared_.limits.idle);
  if (shared_.draining) return linger();
  if (client_in_.empty()) return read_client();
  // Not from here: requests sent ahead would each go one call deeper.
  asio::post(shared_.io, [this, self = shared_from_this()] { client_data(); });
}

// To close at once, with something unread, would be a reset that overtakes the response.
void Session::linger() {
  enter(State::kClosing, kLinger);
  error_code ignored;
  client_.shutdown(tcp::socket::shutdown_send, ignored);
  client_in_.consume(client_in_.data().size());
  read_client();
}

void Session::close() {
  state_ = State::kClosed;
  ++exchange_;
  upstream_.reset();
  error_code ignored;
  client_.close(ignored);
  // Whoever called may still be inside this object.
  asio::post(shared_.io, [self = std::move(self_)] {});
}

void Session::check(Clock::time_point now) {
  if (state_ == State::kClosed) return;
  if (now < deadline_) return look_for_upstream(now);
  switch (state_) {
    case State::kHead:
      return in_head_ ? answer(408, "the request's head did not come") : close();
    case State::kProbe:
      return answer(503, "not ready");
    case State::kConnecting:
      return unreachable();
    case State::kRelaying:
      return overdue();
    default:
      return close();
  }
}

void Session::drain() {
  if (state_ == State::kHead && !in_head_ && client_in_.empty()) linger();
}

void Session::abort() {
  if (state_ != State::kClosed) client_gone();
}

}  // namespace faastax::gateway
