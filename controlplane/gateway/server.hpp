// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <functional>
#include <string>

#include "controlplane/gateway/session.hpp"

namespace faastax::gateway {

struct ServerOptions {
  boost::asio::ip::tcp::endpoint listen;
  Limits limits;
  std::string default_space = "default";
  std::size_t max_connections = 10'000;  ///< of clients; more wait in the kernel's queue
  /// Idle connections kept to one instance, and how long.
  std::size_t idle_per_instance = 64;
  std::chrono::milliseconds upstream_idle = std::chrono::seconds(60);
  std::chrono::milliseconds drain = std::chrono::seconds(30);
  std::function<void(ProbeAnswer)> probe = {};
};

/// Accepts clients and owns their sessions. Everything happens on the thread that runs `io`.
class Server {
 public:
  Server(boost::asio::io_context& io, Router& router, ServerOptions options);

  /// The error is one line that names the address.
  std::expected<void, std::string> listen();
  std::uint16_t port() const;

  /// Takes no more connections and no more requests on those that there are; what is under way is finished,
  /// and after the drain limit cut. `done` is called when the last connection is closed.
  void drain(std::function<void()> done);
  /// Closes every connection now.
  void cut();
  /// No connection to this instance is kept any longer.
  void forget(InstanceId instance) { pool_.forget(instance); }

  const Counters& counters() const { return shared_.counters; }
  bool draining() const { return shared_.draining; }

 private:
  void accept();
  void accepted(const boost::system::error_code& error);
  void tick();
  void end_when_empty();

  boost::asio::io_context& io_;
  ServerOptions options_;
  UpstreamPool pool_;
  Shared shared_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::socket next_;
  boost::asio::steady_timer ticker_;
  Clock::time_point drained_by_{};
  std::function<void()> done_;
  bool accepting_ = false;
};

}  // namespace faastax::gateway
