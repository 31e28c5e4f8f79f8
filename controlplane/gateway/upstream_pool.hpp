// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <expected>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/gateway/read_buffer.hpp"
#include "controlplane/gateway/router.hpp"

namespace faastax::gateway {

/// A connection to one instance.
struct Upstream {
  Upstream(boost::asio::io_context& io, InstanceId of) : socket(io), instance(of) {}

  boost::asio::ip::tcp::socket socket;
  InstanceId instance;
  ReadBuffer in;
  Clock::time_point idle_since{};
};

/// Kept-alive connections to instances that no request uses.
class UpstreamPool {
 public:
  /// `most_idle` of one instance, each for `idle_limit`.
  UpstreamPool(std::size_t most_idle, Clock::duration idle_limit)
      : most_idle_(most_idle), idle_limit_(idle_limit) {}

  /// One that the instance has not closed by now, the last used first; null when there is none.
  std::unique_ptr<Upstream> take(InstanceId instance);
  void put(std::unique_ptr<Upstream> upstream, Clock::time_point now);
  /// The instance goes away: its connections are closed.
  void forget(InstanceId instance) { idle_.erase(instance); }
  void close_old(Clock::time_point now);
  void clear() { idle_.clear(); }

 private:
  std::size_t most_idle_;
  Clock::duration idle_limit_;
  std::unordered_map<InstanceId, std::vector<std::unique_ptr<Upstream>>> idle_;
};

/// Makes the socket, in the endpoint's network namespace; it is not connected yet.
std::expected<void, std::string> open_socket(boost::asio::ip::tcp::socket& socket, const Endpoint& endpoint);

/// True when the kernel has sent something again for seconds, and nothing has acknowledged it. (Of a
/// connection with nothing under way keep-alive probes find out, and it fails by itself.)
bool is_cut_off(boost::asio::ip::tcp::socket& socket);

}  // namespace faastax::gateway
