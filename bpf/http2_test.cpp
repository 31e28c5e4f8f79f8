// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/http2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a direction's frames say.
struct Seen {
  std::vector<std::pair<unsigned, __u32>> frames;  ///< type and stream, as headers come
  std::vector<__u32> ended;                        ///< streams, as their last payload byte comes

  bool operator==(const Seen&) const = default;
};

/// Reads pieces as fx_ingress and fx_egress do.
class Frames {
 public:
  fx_reader reader{};
  Seen seen;

  void read(std::string_view bytes) {
    while (!bytes.empty() && reader.state != FX_HTTP2_BROKEN && reader.state != FX_HTTP2_SEEK) {
      __u32 taken = 0;
      if (reader.state == FX_HTTP2_PAYLOAD) {
        taken = fx_pass(&reader, static_cast<__u32>(bytes.size()));
      } else {
        fx_block block{};
        const auto count = static_cast<__u32>(std::min<std::size_t>(bytes.size(), FX_BLOCK));
        std::memcpy(block.bytes, bytes.data(), count);
        taken = fx_http2_bytes(&reader, &block, count);
      }
      if (reader.state == FX_HTTP2_FRAME) {
        if (fx_http2_enter(&reader) != 0) seen.frames.emplace_back(reader.type, reader.stream);
      }
      if (fx_http2_ends(&reader)) seen.ended.push_back(reader.stream);
      if (reader.state == FX_HTTP2_PAYLOAD && reader.left == 0) fx_http2_next(&reader);
      ASSERT_NE(taken, 0U);
      bytes.remove_prefix(taken);
    }
  }
};

std::string frame(unsigned type, __u32 stream, std::size_t length, unsigned flags = 0) {
  std::string result;
  for (const std::size_t byte :
       {length >> 16, length >> 8, length, static_cast<std::size_t>(type), static_cast<std::size_t>(flags),
        static_cast<std::size_t>(stream >> 24), static_cast<std::size_t>(stream >> 16),
        static_cast<std::size_t>(stream >> 8), static_cast<std::size_t>(stream)}) {
    result += static_cast<char>(byte);
  }
  return result + std::string(length, '\x01');
}

TEST(Http2, FramesAreFoundHoweverTheyAreCut) {
  const std::string all = kPreface + frame(4, 0, 6) + frame(FX_HTTP2_HEADERS, 1, 300, 5) + frame(9, 1, 40) +
                          frame(FX_HTTP2_HEADERS, 3, 10, 4) + frame(FX_HTTP2_DATA, 3, 0, 1) +
                          frame(FX_HTTP2_RST_STREAM, 0x80000005, 4, 1) + frame(FX_HTTP2_DATA, 7, 16384, 9);
  const Seen expected{.frames = {{4, 0}, {1, 1}, {9, 1}, {1, 3}, {0, 3}, {3, 5}, {0, 7}}, .ended = {1, 3, 7}};
  std::mt19937 random(3);
  for (std::size_t round = 0; round < 3000; ++round) {
    Frames frames;
    frames.reader.state = FX_HTTP2_PREFACE;
    if (round < 800) {
      frames.read(std::string_view(all).substr(0, round));
      frames.read(std::string_view(all).substr(round));
    } else {
      const std::size_t most = round % 100 + 1;
      for (std::size_t at = 0; at < all.size();) {
        const std::size_t length = 1 + random() % most;
        frames.read(std::string_view(all).substr(at, length));
        at += length;
      }
    }
    ASSERT_EQ(frames.seen, expected) << round;
  }
}

TEST(Http2, AStreamEndsWithItsFramesLastByte) {
  Frames frames;
  const std::string all = frame(FX_HTTP2_DATA, 1, 10, FX_HTTP2_END_STREAM);
  frames.read(std::string_view(all).substr(0, all.size() - 1));
  EXPECT_TRUE(frames.seen.ended.empty());
  frames.read("x");
  EXPECT_EQ(frames.seen.ended, std::vector<__u32>{1});
}

TEST(Http2, AFlagOfAnotherFrameEndsNothing) {
  Frames frames;
  frames.read(frame(6, 0, 8, 1) + frame(4, 0, 0, 1) + frame(FX_HTTP2_DATA, 1, 8, 8));
  EXPECT_TRUE(frames.seen.ended.empty());
}

TEST(Http2, AnotherPrefaceIsNone) {
  for (std::size_t at = 0; at < kPreface.size(); ++at) {
    Frames frames;
    frames.reader.state = FX_HTTP2_PREFACE;
    std::string wrong = kPreface;
    wrong[at] = '_';
    frames.read(wrong);
    EXPECT_EQ(frames.reader.state, FX_HTTP2_BROKEN) << at;
  }
}

TEST(Http2, OnlyAFrameIsPlausible) {
  const auto plausible = [](std::string_view text) {
    __u8 bytes[FX_HTTP2_HEADER_BYTES];
    std::memcpy(bytes, text.data(), sizeof(bytes));
    return fx_http2_plausible(bytes) != 0;
  };
  EXPECT_TRUE(plausible(frame(4, 0, 18)));
  EXPECT_TRUE(plausible(frame(FX_HTTP2_HEADERS, 41, 16384)));
  EXPECT_FALSE(plausible(frame(FX_HTTP2_HEADERS, 41, 16385)));
  EXPECT_FALSE(plausible(frame(200, 41, 1)));
  EXPECT_FALSE(plausible("HTTP/1.1 200"));
  EXPECT_FALSE(plausible("GET / HTTP/1.1"));
  EXPECT_FALSE(plausible("SSH-2.0-OpenSSH"));
  EXPECT_FALSE(plausible(std::string(FX_HTTP2_HEADER_BYTES, '\0')));
  EXPECT_FALSE(plausible(frame(4, 0x80000000, 6)));
}

TEST(Http2, FramesAreOnTheirStreamsAndOfTheirLengths) {
  const auto legal = [](unsigned type, __u32 length, __u32 stream) {
    return fx_http2_legal(type, length, stream) != 0;
  };
  for (const unsigned type : {FX_HTTP2_DATA, FX_HTTP2_HEADERS, FX_HTTP2_CONTINUATION}) {
    EXPECT_TRUE(legal(type, 0, 1)) << type;
    EXPECT_TRUE(legal(type, 1U << 23, 1)) << type;  // where a side allows it
    EXPECT_FALSE(legal(type, 0, 0)) << type;
  }
  EXPECT_TRUE(legal(FX_HTTP2_PRIORITY, 5, 3) && legal(FX_HTTP2_RST_STREAM, 4, 3));
  EXPECT_FALSE(legal(FX_HTTP2_PRIORITY, 5, 0) || legal(FX_HTTP2_PRIORITY, 4, 3));
  EXPECT_FALSE(legal(FX_HTTP2_RST_STREAM, 4, 0) || legal(FX_HTTP2_RST_STREAM, 5, 3));
  EXPECT_TRUE(legal(FX_HTTP2_SETTINGS, 0, 0) && legal(FX_HTTP2_SETTINGS, 12, 0));
  EXPECT_FALSE(legal(FX_HTTP2_SETTINGS, 7, 0) || legal(FX_HTTP2_SETTINGS, 6, 1));
  EXPECT_TRUE(legal(FX_HTTP2_PING, 8, 0) && legal(FX_HTTP2_GOAWAY, 30, 0));
  EXPECT_FALSE(legal(FX_HTTP2_PING, 8, 1) || legal(FX_HTTP2_PING, 7, 0) || legal(FX_HTTP2_GOAWAY, 8, 1));
  EXPECT_TRUE(legal(FX_HTTP2_WINDOW_UPDATE, 4, 0) && legal(FX_HTTP2_WINDOW_UPDATE, 4, 9));
  EXPECT_FALSE(legal(FX_HTTP2_WINDOW_UPDATE, 5, 0));
  EXPECT_TRUE(legal(200, 77, 0) && legal(200, 77, 5));  // of an extension
}

TEST(Http2, WhatIsNoFrameLosesTheThread) {
  Frames frames;
  frames.read(frame(FX_HTTP2_PING, 0, 8) + frame(FX_HTTP2_PING, 0, 9) + frame(FX_HTTP2_DATA, 1, 3));
  EXPECT_EQ(frames.reader.state, FX_HTTP2_SEEK);
  EXPECT_EQ(frames.seen.frames.size(), 1U);
}

TEST(Http2, ADirectionGoesOverFromHttp1) {
  fx_reader fresh{};
  EXPECT_EQ(fx_http2_adopt(&fresh, 1), 0);
  EXPECT_EQ(fresh.state, FX_HTTP2_PREFACE);
  fx_reader server{};
  EXPECT_EQ(fx_http2_adopt(&server, 0), 0);
  EXPECT_EQ(server.state, FX_HTTP2_HEADER);
  fx_reader broken{};
  broken.state = FX_HTTP1_BROKEN;
  EXPECT_EQ(fx_http2_adopt(&broken, 0), 0);
  EXPECT_EQ(broken.state, FX_HTTP2_SEEK);
  Frames begun;
  begun.reader.state = FX_HTTP1_METHOD;
  begun.reader.matched = 1;  // "PR"
  EXPECT_EQ(fx_http2_adopt(&begun.reader, 1), 1);
  begun.read(std::string_view(kPreface).substr(2));
  EXPECT_EQ(begun.reader.state, FX_HTTP2_HEADER);
  EXPECT_EQ(fx_http2_adopt(&begun.reader, 1), 0);  // once
}

TEST(Http2, NonsenseEnds) {
  std::mt19937 random(5);
  for (int round = 0; round < 10000; ++round) {
    Frames frames;
    for (int piece = 0; piece < 5; ++piece) {
      std::string bytes(1 + random() % 60, '\0');
      for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? random() : 0);
      frames.read(bytes);
      ASSERT_LE(frames.reader.left, 1U << 24);
      ASSERT_LE(frames.reader.matched, FX_HTTP2_HEADER_BYTES);
    }
  }
}

}  // namespace
