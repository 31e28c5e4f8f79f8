// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/tls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr int kHello = 22, kChange = 20, kAlert = 21, kData = 23;

std::string record(int type, std::size_t length) {
  const std::string head = {static_cast<char>(type), 3, 3, static_cast<char>(length >> 8),
                            static_cast<char>(length)};
  return head + std::string(length, '\x17');
}

/// How many requests a client's records are, however they are cut.
int requests(const std::string& all) {
  int whole = -1;
  for (const std::size_t most :
       {all.size(), std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{64}}) {
    fx_reader reader{};
    int count = 0;
    for (std::size_t at = 0; at < all.size();) {
      const auto bytes = std::string_view(all).substr(at, most - (at % most));
      __u32 taken = 0;
      if (reader.state == FX_TLS_PAYLOAD) {
        taken = fx_pass(&reader, static_cast<__u32>(bytes.size()));
      } else {
        fx_block block{};
        const auto size = static_cast<__u32>(std::min<std::size_t>(bytes.size(), FX_BLOCK));
        std::memcpy(block.bytes, bytes.data(), size);
        taken = fx_tls_bytes(&reader, &block, size);
      }
      if (reader.state == FX_TLS_RECORD) {
        count += fx_tls_request(&reader);
        reader.state = FX_TLS_PAYLOAD;
      }
      if (reader.state == FX_TLS_PAYLOAD && reader.left == 0) fx_tls_next(&reader);
      if (taken == 0 || reader.state == FX_TLS_BROKEN) return -1;
      at += taken;
    }
    EXPECT_TRUE(whole == -1 || whole == count) << most;
    whole = count;
  }
  return whole;
}

TEST(Tls, BeginsWithARecord) {
  EXPECT_TRUE(fx_tls_begins(22, 3));
  EXPECT_FALSE(fx_tls_begins(22, 2));
  EXPECT_FALSE(fx_tls_begins('G', 'E'));
}

TEST(Tls, HandshakesAreNoRequests) {
  EXPECT_EQ(requests(record(kHello, 300) + record(kChange, 1) + record(kData, 53)), 0) << "1.3";
  EXPECT_EQ(requests(record(kHello, 300) + record(kData, 53)), 0) << "1.3 without its disguise";
  EXPECT_EQ(requests(record(kHello, 300) + record(kHello, 70) + record(kChange, 1) + record(kHello, 40)), 0)
      << "1.2";
}

TEST(Tls, DataPastTheHandshakeIs) {
  EXPECT_EQ(requests(record(kHello, 300) + record(kChange, 1) + record(kData, 53) + record(kData, 99)), 1);
  EXPECT_EQ(requests(record(kHello, 300) + record(kHello, 70) + record(kChange, 1) + record(kHello, 40) +
                     record(kData, 99) + record(kData, 16384) + record(kAlert, 20)),
            2)
      << "1.2";
  EXPECT_EQ(requests(record(kHello, 300) + record(kChange, 1) + record(kHello, 40) + record(kData, 99)), 1)
      << "1.2 resumed";
  EXPECT_EQ(requests(record(kHello, 300) + record(kChange, 1) + record(kHello, 320) + record(kData, 53) +
                     record(kData, 99)),
            1)
      << "1.3 with a second hello";
}

TEST(Tls, OtherBytesAreKnown) {
  EXPECT_EQ(requests("GET / HTTP/1.1\r\n"), -1);
  EXPECT_EQ(requests(record(kHello, 10) + "\x16\x02"), -1);
}

}  // namespace
