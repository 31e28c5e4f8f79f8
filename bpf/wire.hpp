// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/lib/http1.h"

namespace faastax::bpf {

/// A connection and what fx_ingress and fx_egress do with its bytes, without a kernel.
class Wire {
 public:
  fx_connection connection{};
  std::vector<std::uint32_t> marks;  ///< of each request that was answered
  bool open = true;                  ///< reading goes on in both directions

  void in(std::string_view bytes) {
    while (!bytes.empty() && open) {
      fx_reader& reader = connection.in;
      const std::uint32_t taken =
          fx_http1_passes(&reader)
              ? fx_http1_pass(&reader, static_cast<std::uint32_t>(bytes.size()), 1)
              : feed(bytes, [&](const fx_block& b, auto n) { return fx_http1_requests(&connection, &b, n); });
      open = reader.state != FX_HTTP1_BROKEN && reader.state != FX_HTTP1_PREFACE && taken != 0;
      bytes.remove_prefix(taken);
    }
  }

  void out(std::string_view bytes) {
    while (!bytes.empty() && open) {
      fx_reader& reader = connection.out;
      const std::uint32_t taken = fx_http1_passes(&reader)
                                      ? fx_http1_pass(&reader, static_cast<std::uint32_t>(bytes.size()), 0)
                                      : feed(bytes, [&](const fx_block& b, auto n) {
                                          return fx_http1_responses(&connection, &b, n);
                                        });
      if (reader.state == FX_HTTP1_DONE) answer();
      open = reader.state != FX_HTTP1_BROKEN && reader.state != FX_HTTP1_SWITCHED && taken != 0;
      bytes.remove_prefix(taken);
    }
  }

  std::uint32_t in_flight() const { return connection.opened - connection.answered; }

 private:
  template <typename Read>
  static std::uint32_t feed(std::string_view bytes, Read read) {
    fx_block block{};
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), FX_BLOCK));
    std::memcpy(block.bytes, bytes.data(), count);
    return read(block, count);
  }

  void answer() {
    connection.out.state = FX_HTTP1_START;
    if (in_flight() == 0) return;
    std::uint32_t& mark = connection.marks[connection.answered % FX_PIPELINE];
    marks.push_back((mark & FX_MARK_DONE) != 0 ? 0 : mark);
    mark |= FX_MARK_DONE;
    ++connection.answered;
    ++connection.freed;
  }
};

/// What one side says, and the other, in turn.
struct Said {
  bool request;
  std::string bytes;
};
using Talk = std::vector<Said>;

/// Says it with every piece cut at the places that `cut` names.
inline Wire say(const Talk& talk, const std::function<std::vector<std::size_t>(std::size_t length)>& cut) {
  Wire wire;
  for (const Said& said : talk) {
    std::size_t from = 0;
    std::vector<std::size_t> places = cut(said.bytes.size());
    places.push_back(said.bytes.size());
    for (const std::size_t to : places) {
      const auto piece = std::string_view(said.bytes).substr(from, to - from);
      said.request ? wire.in(piece) : wire.out(piece);
      from = to;
    }
  }
  return wire;
}

inline std::vector<std::size_t> every_byte(std::size_t length) {
  std::vector<std::size_t> places;
  for (std::size_t i = 1; i < length; ++i) places.push_back(i);
  return places;
}

/// Whole, byte by byte, at every single place, and at random places: `check` sees each.
inline void in_every_way(const Talk& talk, const std::function<void(const Wire&)>& check) {
  check(say(talk, [](std::size_t) { return std::vector<std::size_t>{}; }));
  check(say(talk, every_byte));
  std::size_t longest = 0;
  for (const Said& said : talk) longest = std::max(longest, said.bytes.size());
  for (std::size_t at = 1; at < std::min<std::size_t>(longest, 600); ++at) {
    check(say(talk, [at](std::size_t length) {
      return at < length ? std::vector<std::size_t>{at} : std::vector<std::size_t>{};
    }));
  }
  std::mt19937 random(7);
  for (int round = 0; round < 100; ++round) {
    check(say(talk, [&](std::size_t length) {
      std::vector<std::size_t> places;
      for (std::size_t at = 1 + random() % 40; at < length; at += 1 + random() % 40) places.push_back(at);
      return places;
    }));
  }
}

}  // namespace faastax::bpf
