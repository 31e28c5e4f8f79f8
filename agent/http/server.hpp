// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/http/endpoint.hpp"
#include "agent/http/router.hpp"
#include "agent/http/tls.hpp"

namespace faastax::http {

struct ServerOptions {
  Endpoint endpoint = {};
  std::size_t max_connections = 64;       ///< more are closed at once
  std::uint32_t max_header_bytes = 8192;  ///< of a request
  /// For a whole request, the wait for it included: Prometheus keeps its connection between scrapes.
  std::chrono::milliseconds read_timeout = std::chrono::seconds(90);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(10);
  std::function<void()> on_thread = {};  ///< called first on the server's own thread
  std::optional<TlsFiles> tls = {};      ///< absent: clear text. Read again when they change
};

/// A small HTTP/1.1 server on a thread of its own: GET and HEAD, and POST where the router has an inbox.
/// Other requests with a body are refused.
/// It listens from start() until it is destroyed, which closes every connection.
class Server {
 public:
  /// The error is one line that names address and port, and what to do.
  static std::expected<std::unique_ptr<Server>, std::string> start(const ServerOptions& options,
                                                                   Router router);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Ends it as soon as every request that was taken has its answer: true if that was within `patience`.
  /// No inbox may answer later than this returns.
  bool drain(std::chrono::milliseconds patience);

  /// The port that it listens on, also when any was asked for.
  std::uint16_t port() const;

 private:
  class Loop;
  explicit Server(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace faastax::http
