// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::spool {

/// One record as the spool keeps it.
struct Frame {
  std::uint64_t index = 0;   ///< in order of arrival, never used twice
  std::uint64_t losses = 0;  ///< lost records that this one tells of
  std::string payload;
};

/// A file of frames with consecutive indices, appended at its end.
///
///     header: "FXSPOOL1", u64 first index, u32 CRC-32 of these 16 bytes, u32 0
///     frame:  u32 length of the payload, u32 CRC-32 of what follows, u64 losses, payload
///
/// in the byte order of the machine, which it never leaves.
class Segment {
 public:
  static constexpr std::size_t kHeader = 24;
  static constexpr std::size_t kFrameHeader = 16;
  static constexpr std::size_t kLongestPayload = 1 << 20;

  /// Makes "<first, 16 hex digits>.seg" in `folder`.
  static base::Result<Segment> create(const std::filesystem::path& folder, std::uint64_t first);

  /// Reads a whole file. It is cut before the first frame that is not as it was written: a torn tail. None
  /// where the file has no header of a segment. A disk that does not read is an error, and nothing is cut.
  static base::Result<std::optional<Segment>> open(const std::filesystem::path& path);

  /// After an error it is as it was before.
  base::Result<void> append(std::string_view payload, std::uint64_t losses);

  /// At most `most` frames from index `from` on, and no more after `most_bytes` of payload or before one that
  /// cannot be read back. An error: that is the first one.
  base::Result<std::vector<Frame>> read(std::uint64_t from, std::size_t most, std::size_t most_bytes);

  base::Result<void> remove();

  std::uint64_t first() const { return first_; }
  std::uint64_t end() const { return end_; }
  std::uint64_t bytes() const { return bytes_; }

  /// Index and losses of the frames that tell of some.
  const std::vector<std::pair<std::uint64_t, std::uint64_t>>& tellers() const { return tellers_; }

  static std::uint64_t size_of(std::string_view payload) { return kFrameHeader + payload.size(); }

 private:
  struct Position {
    std::uint64_t index = 0;
    std::uint64_t offset = kHeader;
  };

  Segment(std::filesystem::path path, base::UniqueFd fd, std::uint64_t first)
      : path_(std::move(path)), fd_(std::move(fd)), first_(first), end_(first), next_read_{first} {}

  /// The frame at `at`; false if there is none that is whole.
  bool read_frame(Position at, Frame& frame) const;
  void seek(std::uint64_t index);

  std::filesystem::path path_;
  base::UniqueFd fd_;
  std::uint64_t first_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t bytes_ = kHeader;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> tellers_;
  Position next_read_;
};

}  // namespace faastax::spool
