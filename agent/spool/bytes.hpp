// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// Files as the spool uses them.
namespace faastax::spool {

/// CRC-32 of `bytes`, going on from `before`.
std::uint32_t checksum(std::span<const std::byte> bytes, std::uint32_t before = 0);

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
template <typename Plain>
std::span<const std::byte> bytes_of(const Plain& plain) {
  return std::as_bytes(std::span(&plain, 1));
}

/// All of it at `offset`, however many calls that takes. False with errno set.
bool write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset);

/// The same; false also where the file is shorter, with errno as it was.
bool read_all(int fd, std::span<std::byte> bytes, std::uint64_t offset);

}  // namespace faastax::spool
