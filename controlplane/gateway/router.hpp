// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include "controlplane/gateway/function_load.hpp"
#include "controlplane/gateway/function_name.hpp"

namespace faastax::gateway {

using Clock = std::chrono::steady_clock;
using RequestId = std::uint64_t;
using InstanceId = std::uint64_t;  ///< unique for the life of a router

/// Where one request may be sent, once.
struct Endpoint {
  InstanceId instance = 0;
  boost::asio::ip::tcp::endpoint address;
  /// An open /proc/…/ns/net in which the address is, or -1: the gateway's own. Whoever routes keeps it open
  /// until the request's release.
  int network_namespace = -1;
};

/// Why a request is not served: an HTTP status and one line.
struct Refusal {
  unsigned status = 503;
  std::string reason;
};

/// What became of a request that was granted an endpoint.
enum class Outcome : std::uint8_t {
  kAnswered,     ///< its whole response came
  kUnreachable,  ///< nothing of it was sent: it may be asked for again
  kBroken,       ///< something was sent, and no whole response came
  kAbandoned,    ///< the client's or the gateway's fault; the instance may still work on it
};

/// Who has a request. For each time that it asks, exactly one of the first two is called, once, unless the
/// request is abandoned before.
class Waiter {
 public:
  virtual void granted(const Endpoint& endpoint) = 0;
  virtual void refused(const Refusal& refusal) = 0;
  /// The instance that was granted is gone: nothing more will come from there. The release is still to come.
  virtual void lost() = 0;

 protected:
  ~Waiter() = default;
};

/// Decides where requests go, and makes them wait while there is no room. All calls come from one thread.
class Router {
 public:
  virtual ~Router() = default;

  /// Asks for an endpoint; the answer may come before this returns. `waiter` lives until the release.
  virtual void acquire(RequestId request, const FunctionName& function, Waiter& waiter) = 0;
  /// The request waits no longer: nobody is called.
  virtual void abandon(RequestId request) = 0;
  /// Nothing of a granted request could be sent: asks for another endpoint. The answer comes as to acquire().
  virtual void retry(RequestId request) = 0;
  /// The end of a granted request.
  virtual void release(RequestId request, Outcome outcome) = 0;
  /// Called a few times a second: requests that have waited too long are refused here.
  virtual void tick(Clock::time_point now) = 0;
  /// Of each function, for people and metrics.
  virtual std::vector<FunctionLoad> load() const = 0;
};

}  // namespace faastax::gateway
