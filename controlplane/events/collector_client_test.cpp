// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/collector_client.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <thread>

/// Against a server that says what the test wants: what a collector says is in the system tests.
namespace faastax::events {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

class CollectorClientTest : public ::testing::Test {
 protected:
  /// Answers one request, if `answer` is not empty, and keeps its head.
  void serve(std::string answer) {
    server_ = std::jthread([this, answer = std::move(answer)] {
      boost::system::error_code ignored;
      tcp::socket socket(server_io_);
      acceptor_.accept(socket, ignored);
      asio::streambuf text;
      asio::read_until(socket, text, "\r\n\r\n", ignored);
      head_.assign(asio::buffers_begin(text.data()), asio::buffers_end(text.data()));
      asio::write(socket, asio::buffer(answer), ignored);
      asio::streambuf rest;
      asio::read(socket, rest, ignored);  // until the client closes
    });
  }
  Answer send(milliseconds limit = milliseconds(3000)) {
    asio::io_context io;
    const std::string port = std::to_string(acceptor_.local_endpoint().port());
    Answer answer;
    {
      CollectorClient client(io, {"127.0.0.1", port, "/v1/events"}, "", limit);
      auto done = asio::co_spawn(io, client.send("[]"), asio::use_future);
      io.run();
      answer = done.get();
    }
    server_.join();
    return answer;
  }
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

  asio::io_context server_io_;
  tcp::acceptor acceptor_{server_io_, {asio::ip::address_v4::loopback(), 0}};
  std::jthread server_;
  std::string head_;
};

TEST_F(CollectorClientTest, TheHostIsNamedWithItsPort) {
  serve("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nstored\n");
  EXPECT_EQ(send().kind, Answer::Kind::kStored);
  EXPECT_NE(head_.find("\r\nHost: 127.0.0.1:" + port() + "\r\n"), std::string::npos) << head_;
}

TEST_F(CollectorClientTest, AnAnswerWithoutEndIsNotKept) {
  serve("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + std::string(70'000, 'x'));
  const Answer answer = send();
  EXPECT_EQ(answer.kind, Answer::Kind::kFailed);
  EXPECT_NE(answer.why.find("limit"), std::string::npos) << answer.why;
}

TEST_F(CollectorClientTest, OneThatSaysNothingIsGivenUp) {
  serve("");
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(send(milliseconds(200)).kind, Answer::Kind::kFailed);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, milliseconds(200));
  EXPECT_LT(took, milliseconds(2000));
}

}  // namespace
}  // namespace faastax::events
