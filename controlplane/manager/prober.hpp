// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace faastax::manager {

/// Asks pods over HTTP whether they are ready, as kubelet's workers do: each on a beat of its own, a new
/// connection for every probe, any status from 200 to 399 is a yes.
class Prober {
 public:
  struct Options {
    std::uint16_t port = 8080;
    std::string path = "/healthz";
    std::string header;  ///< one more, that tells a sidecar that this is its to answer; empty: none
    std::chrono::milliseconds period = std::chrono::seconds(1);
    std::chrono::milliseconds timeout = std::chrono::seconds(1);
  };
  /// `reason` says why it is no.
  using Answer = std::function<void(const std::string& instance, bool success, const std::string& reason)>;

  Prober(boost::asio::io_context& io, Options options, Answer answer);
  ~Prober();

  /// The first probe is at the next beat. kubelet's beat begins with a pod's arrival, long before anything
  /// could answer: `since`.
  void begin(const std::string& instance, const std::string& address,
             std::chrono::steady_clock::time_point since);
  void end(const std::string& instance);

 private:
  struct Worker;
  static boost::asio::awaitable<void> run(std::shared_ptr<Worker> worker);

  boost::asio::io_context& io_;
  Options options_;
  Answer answer_;
  std::map<std::string, std::shared_ptr<Worker>> workers_;
};

}  // namespace faastax::manager
