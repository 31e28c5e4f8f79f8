// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/run.hpp"

#include <signal.h>
#include <boost/asio/signal_set.hpp>

#include "controlplane/sandbox/file_limit.hpp"

namespace faastax::gateway {

std::expected<void, std::string> serve(boost::asio::io_context& io, Server& server) {
  signal(SIGPIPE, SIG_IGN);
  sandbox::raise_file_limit();
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  std::function<void()> wait = [&] {
    signals.async_wait([&](const boost::system::error_code& cancelled, int) {
      if (cancelled) return;
      if (server.draining()) {
        server.cut();
      } else {
        server.drain([&signals] { signals.cancel(); });
      }
      wait();
    });
  };
  if (const auto listening = server.listen(); !listening) return listening;
  wait();
  io.run();
  return {};
}

}  // namespace faastax::gateway
