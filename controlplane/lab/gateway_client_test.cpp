// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/gateway_client.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controlplane/gateway/server.hpp"
#include "controlplane/gateway/static_router.hpp"

namespace faastax::lab {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// The gateway closes a connection that is idle for long: the next request goes over another one.
TEST(GatewayClient, RequestAfterALongPauseIsAnswered) {
  asio::io_context io;
  gateway::StaticRouter router({});
  gateway::ServerOptions options;
  options.listen = {asio::ip::address_v4::loopback(), 0};
  options.limits.idle = milliseconds(20);
  gateway::Server server(io, router, options);
  ASSERT_TRUE(server.listen());
  GatewayClient client(io, {asio::ip::address_v4::loopback(), server.port()});
  std::vector<std::string> answers;
  const auto ask_twice = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      const auto answer = co_await client.run("lab/hello", 1, 1);
      answers.push_back(answer ? "" : answer.error());
      asio::steady_timer pause(io, milliseconds(600));
      co_await pause.async_wait(asio::use_awaitable);
    }
  };
  asio::co_spawn(io, ask_twice(), [&](const std::exception_ptr&) { server.drain([&] { io.stop(); }); });
  io.run_for(std::chrono::seconds(10));
  EXPECT_EQ(answers, std::vector<std::string>(2, "404: no such function"));
}

}  // namespace
}  // namespace faastax::lab
