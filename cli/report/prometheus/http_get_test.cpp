// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/http_get.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "agent/base/unique_fd.hpp"

namespace faastax::cli::prometheus {
namespace {

using ::testing::HasSubstr;

/// Takes one connection, says `answer` once a request has come, and keeps the request.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer, bool stay = false) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(here);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&here), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&here), &size);
    url_ = {
        .tls = false, .host = "127.0.0.1", .port = std::to_string(ntohs(here.sin_port)), .path = "/prefix"};
    thread_ = std::jthread([this, answer = std::move(answer), stay] { serve(answer, stay); });
  }
  const Url& url() const { return url_; }
  std::string request() {
    thread_.join();
    return request_;
  }

 private:
  void serve(const std::string& answer, bool stay) {
    const base::UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
    char buffer[4096];
    request_.assign(
        buffer, static_cast<std::size_t>(std::max<ssize_t>(::read(client.get(), buffer, sizeof(buffer)), 0)));
    EXPECT_EQ(::write(client.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    if (stay) (void)!::read(client.get(), buffer, sizeof(buffer));  // until the other side has had enough
  }

  base::UniqueFd listener_;
  Url url_;
  std::string request_;
  std::jthread thread_;
};

TEST(Url, IsTakenApart) {
  EXPECT_EQ(parse_url("http://localhost:9090").value(), (Url{false, "localhost", "9090", ""}));
  EXPECT_EQ(parse_url("https://p.example/mimir/").value(), (Url{true, "p.example", "443", "/mimir"}));
  EXPECT_EQ(parse_url("http://[::1]:80/").value(), (Url{false, "::1", "80", ""}));
  EXPECT_EQ(parse_url("http://[::1]").value(), (Url{false, "::1", "80", ""}));
}

TEST(Url, WhatIsNoneIsSaid) {
  for (const char* text : {"", "localhost:9090", "ftp://x", "http://", "http://:80", "http://x:",
                           "http://x:y", "http://u:p@x", "http://x/?q", "http://x/ y", "http://x:123456"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error(), testing::StartsWith(std::string(text) + ": ")) << text;
  }
}

TEST(HttpGet, TheAnswerAndWhatWasAsked) {
  OneAnswer server("HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabc");
  const auto response = http_get(server.url(), "/api?x=1");
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->status, 404u);
  EXPECT_EQ(response->body, "abc");
  EXPECT_THAT(server.request(), testing::StartsWith("GET /prefix/api?x=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
}

TEST(HttpGet, ALargeAnswerIsRefused) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
  EXPECT_THAT(http_get(server.url(), "/", {.body = 1 << 20}).error(), HasSubstr("larger than 1 MiB"));
}

TEST(HttpGet, ASilentServerIsNotWaitedForLong) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", true);
  EXPECT_THAT(http_get(server.url(), "/", {.time = std::chrono::milliseconds(100)}).error(),
              HasSubstr("no answer within 0.1 s"));
}

TEST(HttpGet, NobodyThereAndNonsenseAreErrors) {
  Url closed;
  {
    OneAnswer server("nonsense\r\n\r\n");
    closed = server.url();
    EXPECT_FALSE(http_get(server.url(), "/"));
  }
  EXPECT_THAT(http_get(closed, "/").error(), HasSubstr("127.0.0.1:" + closed.port + ": Connection refused"));
}

}  // namespace
}  // namespace faastax::cli::prometheus
