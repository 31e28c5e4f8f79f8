// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>

#include "agent/http/router.hpp"
#include "agent/http/server.hpp"

namespace boost::asio::ssl {
class context;
}

namespace faastax::http {

/// What the sessions of a server share. Outlives them; touched by the server's thread alone.
struct Sessions {
  const ServerOptions& options;
  const Router& router;
  std::size_t open = 0;  ///< connections
  std::size_t busy = 0;  ///< of these, with a request that has been taken and not been answered
  bool closing = false;  ///< no connection is kept after its answer
};

/// Serves one connection: reads a request, answers it, and again. It lives as long as an operation on it is
/// under way or its answer is awaited. `tls`: nullptr for clear text.
void serve(boost::asio::ip::tcp::socket socket, Sessions& sessions,
           std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace faastax::http
