// SPDX-License-Identifier: Apache-2.0
#include "agent/spool/spool_state.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>

#include "agent/spool/bytes.hpp"

namespace faastax::spool {
namespace {

constexpr std::uint64_t kSlot = 512;  // a disk's sector: the other one is not touched

struct Stored {
  SpoolState state;
  std::uint32_t checksum = 0;
  std::uint32_t unused = 0;
};
static_assert(sizeof(Stored) <= kSlot);

std::uint32_t checksum_of(const SpoolState& state) { return checksum(bytes_of(state), 0x5e7); }

std::uint64_t slot_of(const SpoolState& state) { return state.generation % 2 * kSlot; }

}  // namespace

base::Result<StateFile> StateFile::open(const std::filesystem::path& path, SpoolState& state) {
  base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return base::failure("cannot write " + path.string(), errno);
  state = {};
  for (const std::uint64_t slot : {std::uint64_t{0}, kSlot}) {
    Stored stored;
    if (!read_all(fd.get(), std::as_writable_bytes(std::span(&stored, 1)), slot)) continue;
    if (stored.checksum != checksum_of(stored.state)) continue;
    if (stored.state.generation > state.generation) state = stored.state;
  }
  StateFile file(path, std::move(fd));
  // Both slots have their blocks from now on, so that a full disk has room for every later state.
  for (int slot = 0; slot < 2; ++slot) {
    if (auto done = file.save(state); !done) return base::failure(done.error());
  }
  return file;
}

base::Result<void> StateFile::save(SpoolState& state) {
  Stored stored{.state = state};
  ++stored.state.generation;
  stored.checksum = checksum_of(stored.state);
  if (!write_all(fd_.get(), bytes_of(stored), slot_of(stored.state))) {
    return base::failure("cannot write " + path_.string(), errno);
  }
  state = stored.state;
  return {};
}

}  // namespace faastax::spool
