// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "controlplane/gateway/request_relay.hpp"
#include "controlplane/gateway/response_relay.hpp"

namespace faastax::gateway {
namespace {

constexpr std::uint32_t kMaxHead = 4096;

/// Feeds `text` in pieces as they might come, keeping what was not taken, as a connection does.
template <typename Relay>
std::size_t feed_in_pieces(Relay& relay, const std::string& text, std::size_t piece) {
  std::string held;
  std::size_t taken = 0;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    held += text.substr(at, piece);
    while (!held.empty()) {
      const std::size_t count = relay.feed(held);
      held.erase(0, count);
      taken += count;
      if (count == 0 || relay.done() || relay.error()) break;
    }
    if (relay.done() || relay.error()) break;
  }
  return taken;
}

struct Relayed {
  std::string out;
  RequestHead head;
  unsigned error = 0;
  bool done = false;
  std::size_t taken = 0;
};

Relayed relay(const std::string& text, std::size_t piece = 1000) {
  Relayed r;
  RequestRelay request({kMaxHead, "10.0.0.9"}, r.head, r.out);
  r.taken = feed_in_pieces(request, text, piece);
  r.error = request.error();
  r.done = request.done();
  return r;
}

constexpr const char* kChunked =
    "POST /a HTTP/1.1\r\nHost: h.s\r\nX-Forwarded-For: 1.2.3.4\r\nTransfer-Encoding: chunked\r\n"
    "Connection: X-Secret\r\nX-Secret: 1\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 6\r\nTE: x\r\n\r\n";

TEST(RequestRelay, WritesWhatTheUpstreamGets) {
  const Relayed r = relay(kChunked);
  EXPECT_TRUE(r.done);
  EXPECT_EQ(
      r.out,
      "POST /a HTTP/1.1\r\nHost: h.s\r\nX-Forwarded-For: 1.2.3.4, 10.0.0.9\r\nX-Forwarded-Proto: http\r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 6\r\n\r\n");
  EXPECT_EQ(r.head.host, "h.s");
}

/// A chunked message with its chunks' data in one piece: where they are cut is nobody's business.
std::string chunks_joined(const std::string& message) {
  std::size_t at = message.find("\r\n\r\n") + 4;
  std::string joined = message.substr(0, at);
  while (const std::size_t size = std::stoul(message.substr(at), nullptr, 16)) {
    at = message.find("\r\n", at) + 2;
    joined += message.substr(at, size);
    at += size + 2;
  }
  return joined + "|" + message.substr(at);
}

TEST(RequestRelay, IsTheSameHoweverTheBytesCome) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    const Relayed r = relay(kChunked, piece);
    ASSERT_TRUE(r.done) << piece;
    EXPECT_EQ(chunks_joined(r.out), chunks_joined(relay(kChunked).out)) << piece;
  }
}

TEST(RequestRelay, TakesNothingOfTheNextRequest) {
  const std::string one = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(relay(one + one).taken, one.size());
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  EXPECT_EQ(relay(post + one).taken, post.size());
}

TEST(RequestRelay, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(relay(start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n").error, 400U);
  EXPECT_EQ(relay(start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n").error, 400U);
  EXPECT_EQ(relay(start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n").error, 400U);
  EXPECT_EQ(relay(start + "Transfer-Encoding: identity\r\n\r\n").error, 501U);
  EXPECT_EQ(relay(start + "Content-Length: 3, 4\r\n\r\n").error, 400U);
  EXPECT_EQ(relay(start + "Content-Length : 3\r\n\r\n").error, 400U);
  EXPECT_EQ(relay(start + "Content-Length: 0x3\r\n\r\n").error, 400U);
  EXPECT_EQ(relay("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").error, 400U);
  EXPECT_EQ(relay("GET /\rX HTTP/1.1\r\nHost: a\r\n\r\n").error, 400U);
}

TEST(RequestRelay, AbsoluteTargetNamesTheHost) {
  const Relayed r = relay("GET HTTP://f.s:80/x?y HTTP/1.1\r\nHost: other\r\n\r\n");
  EXPECT_EQ(r.head.host, "f.s:80");
}

// Every byte of a good request replaced by every kind of byte: it may be refused, but never crash, take more
// than there is, or write two requests.
TEST(RequestRelay, SurvivesAnyByteAnywhere) {
  const std::string good = kChunked;
  std::mt19937 random(1);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int byte :
         {0, 9, 10, 13, 32, 44, 58, 59, 65, 127, 200, 255, static_cast<int>(random() % 256)}) {
      std::string bad = good;
      bad[at] = static_cast<char>(byte);
      const Relayed r = relay(bad, 1 + random() % 64);
      ASSERT_LE(r.taken, bad.size());
      ASSERT_EQ(r.out.find("HTTP/1.1\r\n"), r.out.rfind("HTTP/1.1\r\n"));
    }
  }
}

struct Answered {
  std::string out;
  bool done = false;
  bool error = false;
  bool upstream_stays = false;
  bool client_stays = false;
};

Answered answer(const std::string& text, ResponseRelay::Options options = {}, bool ends = false,
                std::size_t piece = 1000) {
  Answered a;
  options.max_head_bytes = kMaxHead;
  ResponseRelay response(options, a.out);
  feed_in_pieces(response, text, piece);
  if (ends) response.feed_end();
  a.done = response.done();
  a.error = response.error();
  if (response.head_done()) {
    a.upstream_stays = response.upstream_keeps_alive();
    a.client_stays = response.client_keeps_alive();
  }
  return a;
}

TEST(ResponseRelay, KeepsBothConnectionsWhereItCan) {
  const Answered a = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: 5\r\n\r\nok");
  EXPECT_EQ(a.out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_TRUE(a.done && a.upstream_stays && a.client_stays);
  const Answered closing = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  EXPECT_TRUE(!closing.upstream_stays && closing.client_stays);
  const Answered old = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", {.http_1_0 = true});
  EXPECT_NE(old.out.find("Connection: keep-alive"), old.out.npos);
}

TEST(ResponseRelay, BodyUntilCloseBecomesChunks) {
  const Answered a = answer("HTTP/1.1 200 OK\r\n\r\nsome", {}, true);
  EXPECT_EQ(a.out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\n\r\n");
  EXPECT_TRUE(a.done && !a.upstream_stays && a.client_stays);
  const Answered old = answer("HTTP/1.1 200 OK\r\n\r\nsome", {.http_1_0 = true}, true);
  EXPECT_EQ(old.out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsome");
  EXPECT_FALSE(old.client_stays);
}

TEST(ResponseRelay, ShortBodyIsAnError) {
  EXPECT_TRUE(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", {}, true).error);
  EXPECT_TRUE(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", {}, true).error);
  EXPECT_TRUE(answer("HTTP/1.1 200 OK\r\nConte", {}, true).error);
  EXPECT_TRUE(answer("", {}, true).error);
}

TEST(ResponseRelay, HeadHasNoBody) {
  const Answered a = answer("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", {.to_head = true});
  EXPECT_EQ(a.out, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  EXPECT_TRUE(a.done && a.upstream_stays);
  const Answered chunked = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {.to_head = true});
  EXPECT_EQ(chunked.out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_TRUE(chunked.done);
}

TEST(ResponseRelay, SwitchesOnlyWhenAsked) {
  const std::string text = "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
  EXPECT_TRUE(answer(text).error);
  const Answered a = answer(text, {.upgrade_allowed = true});
  EXPECT_EQ(a.out, text);
}

}  // namespace
}  // namespace faastax::gateway
