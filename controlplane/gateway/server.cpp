// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/server.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

namespace faastax::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr auto kTick = std::chrono::milliseconds(250);
constexpr int kBacklog = 4096;
}  // namespace

Server::Server(asio::io_context& io, Router& router, ServerOptions options)
    : io_(io),
      options_(std::move(options)),
      pool_(options_.idle_per_instance, options_.upstream_idle),
      shared_{io, router, pool_, options_.limits, options_.default_space, options_.probe},
      acceptor_(io),
      next_(io),
      ticker_(io) {}

std::expected<void, std::string> Server::listen() {
  error_code error;
  acceptor_.open(options_.listen.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(options_.listen, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (error) {
    return std::unexpected(fmt::format("cannot listen on {}:{}: {}", options_.listen.address().to_string(),
                                       options_.listen.port(), error.message()));
  }
  accept();
  tick();
  return {};
}

std::uint16_t Server::port() const { return acceptor_.local_endpoint().port(); }

void Server::accept() {
  if (accepting_ || !acceptor_.is_open() || shared_.sessions.size() >= options_.max_connections) return;
  accepting_ = true;
  acceptor_.async_accept(next_, [this](const error_code& error) {
    accepting_ = false;
    accepted(error);
  });
}

void Server::accepted(const error_code& error) {
  if (!acceptor_.is_open()) return;
  // Out of descriptors or memory: the next tick tries again.
  if (error) return;
  error_code gone;
  const tcp::endpoint client = next_.remote_endpoint(gone);
  tcp::socket socket = std::exchange(next_, tcp::socket(io_));
  if (!gone) {
    std::make_shared<Session>(shared_, std::move(socket), client.address().to_string())->start();
  }
  accept();
}

void Server::tick() {
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const error_code& cancelled) {
    if (cancelled) return;
    const auto now = Clock::now();
    std::vector<std::shared_ptr<Session>> all;
    for (Session* const session : shared_.sessions) all.push_back(session->shared_from_this());
    for (const auto& session : all) session->check(now);
    all.clear();
    pool_.close_old(now);
    shared_.router.tick(now);
    if (shared_.draining && now >= drained_by_) cut();
    accept();
    if (done_) end_when_empty();
    if (!shared_.draining || done_) tick();
  });
}

void Server::drain(std::function<void()> done) {
  if (shared_.draining) return;
  shared_.draining = true;
  done_ = std::move(done);
  drained_by_ = Clock::now() + options_.drain;
  error_code ignored;
  acceptor_.close(ignored);
  pool_.clear();
  std::vector<std::shared_ptr<Session>> all;
  for (Session* const session : shared_.sessions) all.push_back(session->shared_from_this());
  for (const auto& session : all) session->drain();
}

void Server::cut() {
  std::vector<std::shared_ptr<Session>> all;
  for (Session* const session : shared_.sessions) all.push_back(session->shared_from_this());
  for (const auto& session : all) session->abort();
}

void Server::end_when_empty() {
  if (!shared_.sessions.empty()) return;
  ticker_.cancel();
  std::exchange(done_, nullptr)();
}

}  // namespace faastax::gateway
