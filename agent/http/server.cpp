// SPDX-License-Identifier: Apache-2.0
#include "agent/http/server.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "agent/http/session.hpp"

namespace faastax::http {
namespace {

namespace asio = boost::asio;
using Error = boost::system::error_code;

/// Signals are for the run loop: a thread started in this scope gets none.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::string cause_and_cure(const Endpoint& endpoint, Error error) {
  if (error == asio::error::address_in_use) {
    return fmt::format(
        "the port is in use: end what listens there (`ss -ltnp 'sport = :{}'` shows it) or "
        "choose another port in `listen`",
        endpoint.port);
  }
  if (error == asio::error::access_denied) return "permission denied: choose a port above 1023 in `listen`";
  if (error == boost::system::errc::address_not_available) {
    return "this machine has no such address: choose one of `ip address` in `listen`";
  }
  return error.message();
}

}  // namespace

/// Accepts connections. Its thread is the only one that touches anything here once it runs.
class Server::Loop {
 public:
  Loop(const ServerOptions& options, Router router, std::optional<TlsContext> tls)
      : options_(options), router_(std::move(router)), tls_(std::move(tls)) {}
  ~Loop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  std::expected<void, std::string> listen() {
    Error error;
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options_.endpoint.address, error),
                                           options_.endpoint.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return {};
    return std::unexpected(fmt::format("cannot listen on {}: {}", to_string(options_.endpoint),
                                       cause_and_cure(options_.endpoint, error)));
  }

  void run() {
    accept();
    const SignalsBlocked blocked;
    thread_ = std::thread([this] {
      if (options_.on_thread) options_.on_thread();
      context_.run();
    });
  }

  std::uint16_t port() const { return port_; }

  bool drain(std::chrono::milliseconds patience) {
    std::promise<void> done;
    auto drained = done.get_future();
    asio::post(context_, [this, &done] {
      acceptor_.close();
      sessions_.closing = true;
      wait_until_idle(done);
    });
    const bool idle = drained.wait_for(patience) == std::future_status::ready;
    context_.stop();  // before `done` goes
    thread_.join();
    return idle;
  }

 private:
  void wait_until_idle(std::promise<void>& done) {
    if (sessions_.busy == 0) return done.set_value();
    retry_.expires_after(std::chrono::milliseconds(10));
    retry_.async_wait([this, &done](Error) { wait_until_idle(done); });
  }

  void accept() {
    acceptor_.async_accept([this](Error error, asio::ip::tcp::socket socket) {
      if (sessions_.closing) return;
      if (error) return pause();
      if (sessions_.open < options_.max_connections) {
        serve(std::move(socket), sessions_, tls_ ? tls_->current(std::chrono::steady_clock::now()) : nullptr);
      }
      accept();
    });
  }

  /// Out of descriptors, most likely: trying again at once would only spin.
  void pause() {
    retry_.expires_after(std::chrono::seconds(1));
    retry_.async_wait([this](Error error) {
      if (!error) accept();
    });
  }

  const ServerOptions options_;
  const Router router_;
  std::optional<TlsContext> tls_;
  Sessions sessions_{options_, router_};  ///< they live in the context's operations and end with it
  asio::io_context context_{1};
  asio::ip::tcp::acceptor acceptor_{context_};
  asio::steady_timer retry_{context_};
  std::uint16_t port_ = 0;
  std::thread thread_;
};

Server::Server(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Server::~Server() = default;

std::expected<std::unique_ptr<Server>, std::string> Server::start(const ServerOptions& options,
                                                                  Router router) {
  std::optional<TlsContext> tls;
  if (options.tls) {
    auto opened = TlsContext::open(*options.tls);
    if (!opened) return std::unexpected(opened.error());
    tls = std::move(*opened);
  }
  auto loop = std::make_unique<Loop>(options, std::move(router), std::move(tls));
  if (auto listening = loop->listen(); !listening) return std::unexpected(std::move(listening).error());
  loop->run();
  return std::unique_ptr<Server>(new Server(std::move(loop)));
}

bool Server::drain(std::chrono::milliseconds patience) { return loop_->drain(patience); }

std::uint16_t Server::port() const { return loop_->port(); }

}  // namespace faastax::http
