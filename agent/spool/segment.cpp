// SPDX-License-Identifier: Apache-2.0
#include "agent/spool/segment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

#include "agent/spool/bytes.hpp"

namespace faastax::spool {
namespace {

struct Header {
  std::array<char, 8> magic{'F', 'X', 'S', 'P', 'O', 'O', 'L', '1'};
  std::uint64_t first = 0;
  std::uint32_t checksum = 0;
  std::uint32_t unused = 0;
};
static_assert(sizeof(Header) == Segment::kHeader);

struct FrameHeader {
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;
  std::uint64_t losses = 0;
};
static_assert(sizeof(FrameHeader) == Segment::kFrameHeader);

/// Nobody counts so far; beyond it indices would begin at 0 again within a file.
constexpr std::uint64_t kLastIndex = std::numeric_limits<std::int64_t>::max();

std::uint32_t checksum_of(const Header& header) { return checksum(bytes_of(header).first(16)); }

std::uint32_t checksum_of(const FrameHeader& header, std::string_view payload) {
  return checksum(bytes_of(payload), checksum(bytes_of(header.losses)));
}

}  // namespace

base::Result<Segment> Segment::create(const std::filesystem::path& folder, std::uint64_t first) {
  auto path = folder / fmt::format("{:016x}.seg", first);
  base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return base::failure("cannot write " + path.string(), errno);
  Header header{.first = first};
  header.checksum = checksum_of(header);
  if (!write_all(fd.get(), bytes_of(header), 0)) {
    auto failed = base::failure("cannot write " + path.string(), errno);
    ::unlink(path.c_str());
    return failed;
  }
  return Segment(std::move(path), std::move(fd), first);
}

base::Result<std::optional<Segment>> Segment::open(const std::filesystem::path& path) {
  base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return base::failure("cannot open " + path.string(), errno);
  Header header;
  const auto bytes = std::as_writable_bytes(std::span(&header, 1));
  errno = 0;
  const bool whole = read_all(fd.get(), bytes, 0) && header.magic == Header{}.magic;
  if (errno != 0) return base::failure("cannot read " + path.string(), errno);
  if (!whole || header.checksum != checksum_of(header) || header.first > kLastIndex) return std::nullopt;
  Segment segment(path, std::move(fd), header.first);
  Frame frame;
  while (segment.read_frame({segment.end_, segment.bytes_}, frame)) {
    if (frame.losses != 0) segment.tellers_.emplace_back(segment.end_, frame.losses);
    segment.bytes_ += size_of(frame.payload);
    ++segment.end_;
  }
  // What a disk does not read now may be whole all the same: that is no torn tail to be cut.
  if (errno != 0) return base::failure("cannot read " + path.string(), errno);
  if (::ftruncate(segment.fd_.get(), static_cast<off_t>(segment.bytes_)) != 0) {
    return base::failure("cannot cut " + path.string(), errno);
  }
  return segment;
}

bool Segment::read_frame(Position at, Frame& frame) const {
  FrameHeader header;
  if (!read_all(fd_.get(), std::as_writable_bytes(std::span(&header, 1)), at.offset)) return false;
  if (header.length > kLongestPayload) return false;
  frame.payload.resize(header.length);
  const auto bytes = std::as_writable_bytes(std::span(frame.payload.data(), frame.payload.size()));
  if (!read_all(fd_.get(), bytes, at.offset + kFrameHeader)) return false;
  frame.index = at.index;
  frame.losses = header.losses;
  return header.checksum == checksum_of(header, frame.payload);
}

base::Result<void> Segment::append(std::string_view payload, std::uint64_t losses) {
  FrameHeader header{.length = static_cast<std::uint32_t>(payload.size()), .losses = losses};
  header.checksum = checksum_of(header, payload);
  std::string frame(reinterpret_cast<const char*>(&header), sizeof(header));
  frame += payload;
  if (!write_all(fd_.get(), bytes_of(std::string_view(frame)), bytes_)) {
    const int error = errno;
    // What is left of it would be cut at the next start all the same.
    if (::ftruncate(fd_.get(), static_cast<off_t>(bytes_)) != 0) errno = error;
    return base::failure("cannot write " + path_.string(), error);
  }
  if (losses != 0) tellers_.emplace_back(end_, losses);
  bytes_ += frame.size();
  ++end_;
  return {};
}

void Segment::seek(std::uint64_t index) {
  if (next_read_.index > index) next_read_ = {first_};
  while (next_read_.index < index) {
    FrameHeader header;
    if (!read_all(fd_.get(), std::as_writable_bytes(std::span(&header, 1)), next_read_.offset)) return;
    next_read_.offset += kFrameHeader + header.length;
    ++next_read_.index;
  }
}

base::Result<std::vector<Frame>> Segment::read(std::uint64_t from, std::size_t most, std::size_t most_bytes) {
  std::vector<Frame> frames;
  std::size_t bytes = 0;
  seek(from);
  while (next_read_.index < end_ && frames.size() < most && bytes < most_bytes) {
    Frame frame;
    if (!read_frame(next_read_, frame)) {
      if (!frames.empty()) break;
      return base::failure(path_.string() + " cannot be read back at record " +
                           std::to_string(next_read_.index));
    }
    next_read_.offset += size_of(frame.payload);
    ++next_read_.index;
    bytes += frame.payload.size();
    frames.push_back(std::move(frame));
  }
  return frames;
}

base::Result<void> Segment::remove() {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    return base::failure("cannot remove " + path_.string(), errno);
  }
  return {};
}

}  // namespace faastax::spool
