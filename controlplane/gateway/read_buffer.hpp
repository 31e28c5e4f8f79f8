// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace faastax::gateway {

/// Bytes read at once.
constexpr std::size_t kBufferBytes = 32 * 1024;

/// Bytes that came and were not used yet. Unlike Beast's buffers it may be consumed while a read into room()
/// is under way.
class ReadBuffer {
 public:
  std::string_view data() const { return {bytes_.data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  /// Nothing more can come before something is consumed.
  bool full() const { return end_ - begin_ == bytes_.size(); }

  /// Free bytes behind data(). Only while no read is under way.
  char* room() {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    return bytes_.data() + end_;
  }
  std::size_t room_bytes() const { return bytes_.size() - end_; }

  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }

 private:
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::array<char, kBufferBytes> bytes_;
};

}  // namespace faastax::gateway
