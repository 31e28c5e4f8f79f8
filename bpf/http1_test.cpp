// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/http1.h"

#include <gtest/gtest.h>

#include "bpf/wire.hpp"

struct fx_probe_table fx_probe_table = {};

namespace faastax::bpf {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello";
const std::string kEmpty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

std::uint64_t hash(std::string_view text, std::uint64_t from = FX_FNV_START) {
  for (const char c : text) from = fx_fnv(from, static_cast<std::uint8_t>(c));
  return from;
}

void expect(const Talk& talk, std::uint32_t opened, std::uint32_t answered) {
  in_every_way(talk, [&](const Wire& wire) {
    EXPECT_TRUE(wire.open);
    EXPECT_EQ(wire.connection.opened, opened);
    EXPECT_EQ(wire.connection.answered, answered);
  });
}

TEST(Http1, HashesAreThoseOfTheirWords) {
  EXPECT_EQ(FX_HASH_HEAD, hash("HEAD"));
  EXPECT_EQ(FX_HASH_CONNECT, hash("CONNECT"));
  EXPECT_EQ(FX_HASH_PRI, hash("PRI"));
  EXPECT_EQ(FX_HASH_CONTENT_LENGTH, hash("Content-Length"));
  EXPECT_EQ(FX_HASH_TRANSFER_ENCODING, hash("transfer-encoding"));
  EXPECT_EQ(FX_HASH_UPGRADE, hash("Upgrade"));
  EXPECT_EQ(FX_HASH_CHUNKED, hash("chunked"));
  EXPECT_EQ(FX_HASH_H2C, hash("h2c"));
}

TEST(Http1, ARequestIsOpenFromItsFirstByteToItsAnswersLast) {
  Wire wire;
  wire.in("G");
  EXPECT_EQ(wire.in_flight(), 1U);
  wire.in(std::string_view(kGet).substr(1));
  wire.out(std::string_view(kOk).substr(0, kOk.size() - 1));
  EXPECT_EQ(wire.in_flight(), 1U);
  wire.out("o");
  EXPECT_EQ(wire.in_flight(), 0U);
}

TEST(Http1, KeptAlive) { expect({{true, kGet}, {false, kOk}, {true, kGet}, {false, kEmpty}}, 2, 2); }

TEST(Http1, Pipelined) {
  expect({{true, kGet + kGet + "\r\n" + kGet}, {false, kOk + kEmpty}}, 3, 2);
  expect({{true, kGet + kGet + kGet}, {false, kOk + kEmpty + kOk}, {true, kGet}, {false, kOk}}, 4, 4);
}

TEST(Http1, PipelinedBeyondTheSlotsIsStillCounted) {
  std::string asked, answered;
  for (int i = 0; i < 100; ++i) {
    asked += kGet;
    answered += kOk;
  }
  expect({{true, asked}, {false, answered}, {true, kGet}, {false, kOk}}, 101, 101);
}

TEST(Http1, BodiesAreNotRead) {
  const std::string body = "GET / HTTP/1.1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n0\r\n\r\n";
  const std::string length = "content-length:" + std::to_string(body.size()) + " \r\n\r\n";
  expect({{true, "POST /x HTTP/1.1\r\n" + length + body}, {false, "HTTP/1.1 200 OK\r\n" + length + body}}, 1,
         1);
}

TEST(Http1, Chunks) {
  const std::string chunks = "5\r\nhello\r\n19;x=\"y\"\r\nHTTP/1.1 200 OK\r\n\r\nGET / \r\n0\r\n\r\n";
  const std::string coded = "Transfer-Encoding: gzip, Chunked\r\n\r\n" + chunks;
  expect({{true, "PUT / HTTP/1.1\r\n" + coded + kGet}, {false, "HTTP/1.1 200 OK\r\n" + coded + kOk}}, 2, 2);
  const std::string trailed = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n000\r\nA: b\r\nC: d\r\n\r\n";
  expect({{true, kGet + kGet}, {false, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n" + trailed + kOk}}, 2, 2);
}

TEST(Http1, ACodingAfterChunkedMeansUntilClose) {
  in_every_way({{true, kGet}, {false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n" + kOk}},
               [](const Wire& wire) {
                 EXPECT_EQ(wire.connection.out.state, FX_HTTP1_UNTIL_CLOSE);
                 EXPECT_EQ(wire.in_flight(), 1U);
               });
}

TEST(Http1, InterimResponsesAreNoAnswers) {
  const std::string asked = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  expect({{true, asked}, {false, "HTTP/1.1 100 Continue\r\n\r\n"}, {true, "abc"}, {false, kOk}}, 1, 1);
  expect({{true, kGet},
          {false, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + kOk}},
         1, 1);
  expect({{true, kGet}, {false, "HTTP/1.1 103 Early Hints\r\n\r\n"}}, 1, 0);
}

TEST(Http1, SomeAnswersHaveNoBody) {
  const std::string head = "HEAD / HTTP/1.1\r\n\r\n";
  const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
  expect({{true, head + kGet}, {false, length + kOk}}, 2, 2);
  expect({{true, kGet + kGet},
          {false, "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"}},
         2, 2);
}

TEST(Http1, AnEarlyAnswerCompletesItsRequest) {
  const std::string asked = "POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n";
  expect({{true, asked + "0123"}, {false, kOk}}, 1, 1);
  expect({{true, asked + "0123"}, {false, kOk}, {true, "4567890123456789" + kGet}, {false, kOk}}, 2, 2);
}

TEST(Http1, AnAnswerThatNobodyAskedForIsNone) {
  expect({{false, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"}}, 0, 0);
}

TEST(Http1, WithoutALengthUntilClose) {
  in_every_way({{true, "GET / HTTP/1.0\r\n\r\n"}, {false, "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n" + kOk}},
               [](const Wire& wire) {
                 EXPECT_EQ(wire.connection.out.state, FX_HTTP1_UNTIL_CLOSE);
                 EXPECT_EQ(wire.in_flight(), 1U);
               });
}

TEST(Http1, Switched) {
  const std::string asked = "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  in_every_way({{true, asked}, {false, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"}},
               [](const Wire& wire) {
                 EXPECT_EQ(wire.connection.out.state, FX_HTTP1_SWITCHED);
                 EXPECT_EQ(wire.in_flight(), 1U);
               });
  const std::string tunnel = "CONNECT a:1 HTTP/1.1\r\n\r\n";
  in_every_way({{true, tunnel}, {false, "HTTP/1.1 200 OK\r\n\r\n"}},
               [](const Wire& wire) { EXPECT_EQ(wire.connection.out.state, FX_HTTP1_SWITCHED); });
  expect({{true, tunnel}, {false, "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"}}, 1, 1);
}

TEST(Http1, TheUpgradeToHttp2IsMarked) {
  in_every_way({{true, "GET / HTTP/1.1\r\nUpgrade: foo, h2c\r\n\r\n"}},
               [](const Wire& wire) { EXPECT_EQ(wire.connection.marks[0], FX_MARK_H2C); });
}

TEST(Http1, ThePrefaceOfHttp2IsTakenBack) {
  in_every_way({{true, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}}, [](const Wire& wire) {
    EXPECT_EQ(wire.connection.in.state, FX_HTTP1_PREFACE);
    fx_connection connection = wire.connection;
    fx_ended first{};
    EXPECT_EQ(fx_http1_take(&connection, &first), 1);
    EXPECT_EQ(connection.opened, connection.answered);
    EXPECT_EQ(fx_http1_take(&connection, &first), 0);
  });
}

TEST(Http1, ThePrefaceOfHttp2BehindARequestIsNone) {
  in_every_way({{true, std::string(kGet) + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}},
               [](const Wire& wire) { EXPECT_EQ(wire.connection.in.state, FX_HTTP1_BROKEN); });
}

TEST(Http1, ARequestIsAProbeOrOpaqueOrOver) {
  fx_connection connection{};
  EXPECT_EQ(fx_http1_becomes(&connection, 0, FX_MARK_OPAQUE), 1);
  EXPECT_EQ(fx_http1_becomes(&connection, 0, FX_MARK_PROBE), 0);
  EXPECT_EQ(connection.marks[0], FX_MARK_OPAQUE);
  EXPECT_EQ(fx_http1_becomes(&connection, 1, FX_MARK_PROBE), 1);
  EXPECT_EQ(fx_http1_becomes(&connection, 1, FX_MARK_PROBE), 0);
  connection.marks[2] = FX_MARK_DONE;
  EXPECT_EQ(fx_http1_becomes(&connection, 2, FX_MARK_OPAQUE), 0);
}

TEST(Http1, OtherProtocolsAreKnown) {
  for (const char* other : {"\x16\x03\x01", "*1\r\n$4\r\nPING\r\n", "EHLO a\r\n", "get a\r\n", "GET /\r\n",
                            "GET / HTTP/2.0\r\n", "AVERYLONGWORDTHATISNOMETHODATALL / HTTP/1.1\r\n"}) {
    in_every_way({{true, other}}, [&](const Wire& wire) {
      EXPECT_EQ(wire.connection.in.state, FX_HTTP1_BROKEN) << other;
      EXPECT_LE(wire.in_flight(), 1U);
    });
  }
  in_every_way({{true, kGet}, {false, "HTTP/1.1 2x0 OK\r\n"}},
               [](const Wire& wire) { EXPECT_EQ(wire.connection.out.state, FX_HTTP1_BROKEN); });
}

TEST(Http1, HeadsThatAreOddAreStillHeads) {
  expect({{true, "\r\n\r\nGET /%20?a=HTTP/1.1 HTTP/1.1\nHost: a\nX: HTTP/1.1\n\n"},
          {false, "HTTP/1.1 200\nContent-Length:2\nX: a\n folded: b\n\nok"}},
         1, 1);
  expect({{true, "OPTIONS * HTTP/1.1\r\nno-colon\r\nContent-Lengthy: 9\r\nXContent-Length: 9\r\n\r\n"},
          {false, kOk}},
         1, 1);
}

TEST(Http1, AHeadWithoutEndIsGivenUp) {
  Wire wire;
  wire.in("GET / HTTP/1.1\r\nA: ");
  for (int i = 0; i < 300 && wire.open; ++i) wire.in(std::string(1024, 'a'));
  EXPECT_FALSE(wire.open);
}

/// Rules as user space writes them.
void rule(std::size_t at, std::string_view name, std::string_view value) {
  fx_probe_table.names |= 1ULL << (hash(name) >> 58);
  fx_probe_table.lengths |= 1ULL << value.size();
  fx_probe_table.hashes[at] = hash(value, hash(name));
}

TEST(Http1, ProbesAreKnownByTheirHeaders) {
  rule(0, "user-agent", "kube-probe/");
  rule(1, "k-network-probe", "");
  const std::string kubelet = "GET /healthz HTTP/1.1\r\nHost: a\r\nUser-Agent: kube-probe/1.27\r\n\r\n";
  const std::string knative = "GET / HTTP/1.1\r\nK-Network-Probe: queue\r\n\r\n";
  const std::string browser = "GET / HTTP/1.1\r\nUser-Agent: curl/7.8 kube-probe/\r\nX: kube-probe/\r\n\r\n";
  in_every_way({{true, kGet + kubelet + browser + knative}, {false, kOk + kOk + kOk + kOk}},
               [](const Wire& wire) {
                 ASSERT_EQ(wire.marks.size(), 4U);
                 EXPECT_EQ(wire.connection.probes, 2U);
                 EXPECT_EQ(wire.marks[0], 0U);
                 EXPECT_EQ(wire.marks[1], FX_MARK_PROBE);
                 EXPECT_EQ(wire.marks[2], 0U);
                 EXPECT_EQ(wire.marks[3], FX_MARK_PROBE);
               });
  fx_probe_table = {};
}

TEST(Http1, ProbesAreKnownByWhereTheyComeFrom) {
  fx_probe_table.sources[0] = {.address = {0xfd, 0, 0, 0}, .mask = {0xff, 0, 0, 0}};
  fx_probe_table.sources[1] = {.address = {0, 0, 7, 9}, .mask = {~0U, ~0U, ~0U, ~0U}};
  fx_probe_table.source_count = 2;
  const auto known = [](fx_probe_source peer) { return fx_probe_address(&peer) != 0; };
  EXPECT_TRUE(known({.address = {0x12fd, 1, 2, 3}, .mask = {}}));
  EXPECT_FALSE(known({.address = {0x12fe, 1, 2, 3}, .mask = {}}));
  EXPECT_TRUE(known({.address = {0, 0, 7, 9}, .mask = {}}));
  EXPECT_FALSE(known({.address = {0, 0, 7, 8}, .mask = {}}));
  fx_probe_table = {};
  Wire wire;
  wire.connection.from_probe = 1;
  wire.in(kGet + kGet);
  wire.out(kOk);
  EXPECT_EQ(wire.connection.probes, 2U);
  EXPECT_EQ(wire.marks, std::vector<std::uint32_t>{FX_MARK_PROBE});
}

/// Words that make up heads and bodies, in any order: whatever comes, counters hold and reading ends.
TEST(Http1, NonsenseNeverBreaksTheCounters) {
  const std::vector<std::string> words = {kGet,
                                          kOk,
                                          "\r\n",
                                          "\n",
                                          "HTTP/1.1 ",
                                          "200 ",
                                          "GET ",
                                          "/ ",
                                          ":",
                                          "Content-Length: ",
                                          "99999999999999999999",
                                          "5",
                                          "-1",
                                          "Transfer-Encoding: chunked\r\n",
                                          "0\r\n\r\n",
                                          "ffffffffffffffffff\r\n",
                                          "HEAD / HTTP/1.1\r\n\r\n",
                                          "HTTP/1.1 204 x\r\n\r\n",
                                          std::string(200, 'a'),
                                          std::string("\0\xff\x80", 3)};
  std::mt19937 random(11);
  for (int round = 0; round < 20000; ++round) {
    Wire wire;
    for (int i = 0; i < 30; ++i) {
      const std::string& word = words[random() % words.size()];
      random() % 2 != 0 ? wire.in(word) : wire.out(word);
      ASSERT_LE(wire.in_flight(), wire.connection.opened);
      ASSERT_EQ(wire.connection.answered, wire.connection.freed);
      ASSERT_LE(wire.connection.slot, static_cast<std::uint32_t>(FX_PIPELINE));
    }
  }
}

}  // namespace
}  // namespace faastax::bpf
