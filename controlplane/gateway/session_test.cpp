// SPDX-License-Identifier: Apache-2.0
// What a session tells its router, over real connections.
#include <gtest/gtest.h>
#include <boost/asio/write.hpp>

#include <optional>

#include "controlplane/gateway/server.hpp"

namespace faastax::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

/// Sends every request to one address and keeps what became of it.
class OneInstance final : public Router {
 public:
  explicit OneInstance(const tcp::endpoint& address) : endpoint_{.instance = 1, .address = address} {}
  void acquire(RequestId, const FunctionName&, Waiter& waiter) override { waiter.granted(endpoint_); }
  void abandon(RequestId) override {}
  void retry(RequestId) override {}
  void release(RequestId, Outcome outcome) override { ended = outcome; }
  void tick(Clock::time_point) override {}
  std::vector<FunctionLoad> load() const override { return {}; }

  std::optional<Outcome> ended;

 private:
  Endpoint endpoint_;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest()
      : instance(io, {asio::ip::address_v4::loopback(), 0}),
        router(instance.local_endpoint()),
        server(io, router,
               {.listen = {asio::ip::address_v4::loopback(), 0}, .limits = {.stall = milliseconds(500)}}) {
    EXPECT_TRUE(server.listen());
  }
  ~SessionTest() override {
    server.drain([] {});
    server.cut();
    io.run_for(std::chrono::seconds(10));
  }
  /// What became of a request that begins so and goes on, once it is on its way, with `rest`.
  std::optional<Outcome> outcome_of(const std::string& text, const std::string& rest = "") {
    tcp::socket client(io);
    client.connect({asio::ip::address_v4::loopback(), server.port()});
    asio::write(client, asio::buffer(text));
    io.run_for(milliseconds(20));
    asio::write(client, asio::buffer(rest));
    const auto limit = Clock::now() + std::chrono::seconds(10);
    while (!router.ended && Clock::now() < limit) io.run_one_for(milliseconds(100));
    return router.ended;
  }

  asio::io_context io;
  tcp::acceptor instance;
  OneInstance router;
  Server server;
};

const std::string kUpload = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

TEST_F(SessionTest, BadBodyIsNotTheInstancesFault) {
  EXPECT_EQ(outcome_of(kUpload, "xyz\r\n"), Outcome::kAbandoned);
}

TEST_F(SessionTest, BodyThatStopsComingIsNotTheInstancesFault) {
  EXPECT_EQ(outcome_of(kUpload), Outcome::kAbandoned);
}

}  // namespace
}  // namespace faastax::gateway
