// SPDX-License-Identifier: Apache-2.0
#include "bpf/lib/token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string>

namespace {

using Words = std::array<__u64, FX_ID_LEN / 8>;

__u64 hash_of(const std::string& text) {
  Words words{};
  std::memcpy(words.data(), text.data(), std::min<std::size_t>(text.size(), FX_ID_LEN));
  return fx_token_hash(words.data());
}

/// FNV-1a as its authors define it, a word for a byte, with their 64-bit constants, and after each word the
/// high half brought down.
__u64 reference(const Words& words) {
  __u64 hash = 14695981039346656037ULL;
  for (const __u64 word : words) {
    hash = (hash ^ word) * 1099511628211ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

TEST(Token, IsFnv1aOverWords) {
  const Words words = {1, 2, 3, ~0ULL, 5, 0, 7, 1ULL << 63, 9, 10};
  EXPECT_EQ(fx_token_hash(words.data()), reference(words));
  EXPECT_EQ(fx_token_hash(Words{}.data()), reference(Words{}));
}

TEST(Token, NamesThatDifferAtTheEndsOfWordsDiffer) {
  EXPECT_NE(hash_of("worker-0-shard-0"), hash_of("worker-4-shard-d"));
}

TEST(Token, EveryByteCounts) {
  const std::string id(FX_ID_LEN, 'a');
  for (std::size_t i = 0; i < id.size(); ++i) {
    std::string other = id;
    other[i] = 'b';
    EXPECT_NE(hash_of(other), hash_of(id)) << "byte " << i;
  }
}

TEST(Token, LengthCounts) {
  std::set<__u64> hashes;
  for (std::size_t length = 0; length <= FX_ID_LEN; ++length)
    hashes.insert(hash_of(std::string(length, 'a')));
  EXPECT_EQ(hashes.size(), FX_ID_LEN + 1U);
}

TEST(Token, ContainerIdsDoNotCollide) {
  std::set<__u64> hashes;
  for (int i = 0; i < 100'000; ++i) hashes.insert(hash_of("lab-function-" + std::to_string(i)));
  EXPECT_EQ(hashes.size(), 100'000U);
}

}  // namespace
