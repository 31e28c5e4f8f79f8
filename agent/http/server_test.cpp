// SPDX-License-Identifier: Apache-2.0
#include "agent/http/server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <thread>
#include <vector>

/// Over real sockets of the loopback interface.
namespace faastax::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }

  void send(std::string_view text) { asio::write(socket_, asio::buffer(text.data(), text.size())); }

  /// All until the server closes.
  std::string rest() {
    std::string text;
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(text), error);
    return text;
  }

  std::string some(std::size_t bytes) {
    std::string text(bytes, '\0');
    asio::read(socket_, asio::buffer(text));
    return text;
  }

 private:
  asio::io_context context_;
  Tcp::socket socket_;
};

class ServerTest : public ::testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.endpoint.port = 0;
    Router router;
    router.add("/hello", [](const Request& r) { return Response{.body = r.peer + " " + r.user_agent}; });
    router.add("/large", [](const Request&) { return Response{.body = std::string(5'000'000, 'x')}; });
    router.add("/in", Inbox{.max_body_bytes = 100'000,
                            .refuse = [](const Request& r) -> std::optional<Response> {
                              if (r.headers.contains("x-key")) return std::nullopt;
                              return Response{.status = 401, .body = "who?\n", .authenticate = "Bearer"};
                            },
                            .take =
                                [this](Request&& r, const Respond& respond) {
                                  taken_ = true;
                                  answering_ = std::jthread([respond, size = r.body.size()] {
                                    std::this_thread::sleep_for(std::chrono::milliseconds(50));
                                    respond({.status = 202, .body = std::to_string(size)});
                                  });
                                }});
    auto started = Server::start(options, std::move(router));
    ASSERT_TRUE(started) << started.error();
    server_ = std::move(*started);
  }
  std::string ask(std::string_view head, const std::string& body = "") {
    Client client(server_->port());
    client.send(std::string(head) + "\r\nHost: x\r\nConnection: close\r\n\r\n" + body);
    return client.rest();
  }

  std::string post(std::string_view head, std::size_t bytes) {
    return ask("POST /in HTTP/1.1\r\nContent-Length: " + std::to_string(bytes) + std::string(head),
               std::string(bytes, 'x'));
  }

  std::jthread answering_;
  std::atomic<bool> taken_ = false;
  std::unique_ptr<Server> server_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(ServerTest, Answers) {
  start();
  const auto text = ask("GET /hello HTTP/1.1\r\nUser-Agent: me");
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text;
  EXPECT_TRUE(has(text, "Content-Length: 12\r\n")) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\n127.0.0.1 me")) << text;
  EXPECT_TRUE(ask("GET /nothing HTTP/1.1").starts_with("HTTP/1.1 404 "));
  EXPECT_EQ(ask("GET /large HTTP/1.1").substr(0, 12), "HTTP/1.1 200");
}

TEST_F(ServerTest, HeadHasNoBody) {
  start();
  const auto text = ask("HEAD /hello HTTP/1.1");
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\n")) << text;
}

TEST_F(ServerTest, RefusesOtherMethodsAndBodies) {
  start();
  const auto text = ask("POST /hello HTTP/1.1\r\nContent-Length: 0");
  EXPECT_TRUE(text.starts_with("HTTP/1.1 405 ")) << text;
  EXPECT_TRUE(has(text, "Allow: GET, HEAD\r\n")) << text;
  EXPECT_TRUE(ask("POST /hello HTTP/1.1\r\nContent-Length: 1000000").starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask("nonsense").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("GET /hello HTTP/1.1\r\nX: " + std::string(9000, 'x')).starts_with("HTTP/1.1 431 "));
}

TEST_F(ServerTest, AnInboxAnswersWhenItCan) {
  start();
  const auto text = post("\r\nX-Key: 1", 50'000);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 202 ")) << text;
  EXPECT_TRUE(text.ends_with("\r\n50000")) << text;
}

TEST_F(ServerTest, AnInboxRefusesBeforeItReads) {
  start();
  const auto refused = post("", 100);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 401 ")) << refused;
  EXPECT_TRUE(has(refused, "WWW-Authenticate: Bearer\r\n")) << refused;
  EXPECT_TRUE(post("\r\nX-Key: 1", 3'000'000).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(has(ask("GET /in HTTP/1.1"), "Allow: POST\r\n"));
}

TEST_F(ServerTest, ABodyWithoutALengthIsLimitedToo) {
  start();
  const std::string head = "POST /in HTTP/1.1\r\nX-Key: 1\r\nTransfer-Encoding: chunked";
  EXPECT_TRUE(ask(head, "4\r\nabcd\r\n0\r\n\r\n").ends_with("\r\n4"));
  const std::string large(200'000, 'x');
  EXPECT_TRUE(ask(head, "30d40\r\n" + large + "\r\n0\r\n\r\n").starts_with("HTTP/1.1 413 "));
}

TEST_F(ServerTest, SaysContinueToWhoAsks) {
  start();
  Client client(server_->port());
  client.send("POST /in HTTP/1.1\r\nX-Key: 1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.some(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  EXPECT_EQ(client.some(12), "HTTP/1.1 202");
}

TEST_F(ServerTest, DrainsWhatItHasTaken) {
  start();
  Client idle(server_->port());
  Client client(server_->port());
  client.send("POST /in HTTP/1.1\r\nX-Key: 1\r\nContent-Length: 2\r\n\r\nab");
  while (!taken_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(server_->drain(std::chrono::seconds(5)));
  server_.reset();
  EXPECT_TRUE(has(client.rest(), "HTTP/1.1 202 "));
}

TEST_F(ServerTest, KeepsAConnectionForSeveralRequests) {
  start();
  Client client(server_->port());
  for (const auto* method : {"HEAD", "GET", "GET"}) {
    client.send(std::string(method) + " /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto first = client.some(15);
    EXPECT_EQ(first, "HTTP/1.1 200 OK");
    std::string text;
    while (!text.ends_with("\r\n\r\n")) text += client.some(1);
    if (std::string(method) == "GET") {
      EXPECT_EQ(client.some(10), "127.0.0.1 ");
    }
  }
}

TEST_F(ServerTest, ClosesConnectionsThatAreTooMany) {
  start({.max_connections = 2});
  Client first(server_->port());
  Client second(server_->port());
  Client third(server_->port());
  EXPECT_EQ(third.rest(), "");
  first.send("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(first.rest().starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerTest, ClosesAConnectionThatIsTooSlow) {
  start({.read_timeout = std::chrono::milliseconds(100)});
  Client client(server_->port());
  client.send("GET /hel");
  EXPECT_EQ(client.rest(), "");
}

TEST_F(ServerTest, ClosesAllWhenItStops) {
  start();
  Client client(server_->port());
  const auto port = server_->port();
  server_.reset();
  EXPECT_EQ(client.rest(), "");
  EXPECT_THROW(Client{port}, boost::system::system_error);
}

TEST_F(ServerTest, SaysWhatToDoAboutAPortInUse) {
  start();
  ServerOptions options;
  options.endpoint.port = server_->port();
  const auto second = Server::start(options, Router());
  ASSERT_FALSE(second);
  const auto expected =
      "cannot listen on 127.0.0.1:" + std::to_string(server_->port()) + ": the port is in use";
  EXPECT_TRUE(second.error().starts_with(expected)) << second.error();
  EXPECT_FALSE(has(second.error(), "\n"));
}

TEST_F(ServerTest, SaysThatAnAddressIsNotHere) {
  const auto server = Server::start({.endpoint = {"192.0.2.1", 0}}, Router());
  ASSERT_FALSE(server);
  EXPECT_TRUE(has(server.error(), "192.0.2.1:0")) << server.error();
  EXPECT_TRUE(has(server.error(), "no such address")) << server.error();
}

TEST_F(ServerTest, ServesManyAtOnce) {
  start();
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([this] {
      for (int n = 0; n < 50; ++n) EXPECT_TRUE(ask("GET /hello HTTP/1.1").starts_with("HTTP/1.1 200 "));
    });
  }
}

}  // namespace
}  // namespace faastax::http
