// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::spool {

/// What the spool knows beside its segments. Indices are those of frames.
struct SpoolState {
  std::uint64_t generation = 0;        ///< of this state
  std::uint64_t acknowledged = 0;      ///< all below
  std::uint64_t first = 0;             ///< all below are dropped: no file holds them any more, or should
  std::uint64_t undecided = 0;         ///< so many were dropped while on their way
  std::uint64_t undecided_losses = 0;  ///< that those tell of
  std::uint64_t lost = 0;              ///< records, since the spool was made
  std::uint64_t untold = 0;            ///< lost records that no record tells of
  std::uint64_t teller = 0;            ///< the record that tells of
  std::uint64_t told = 0;              ///< so many; on disk or not
};

/// A small file with room for two states, written in turns: one of them is always whole, and a full disk has
/// room for it.
class StateFile {
 public:
  /// Opens or makes it, and reads the newer state that is whole into `state`.
  static base::Result<StateFile> open(const std::filesystem::path& path, SpoolState& state);

  /// Raises the generation.
  base::Result<void> save(SpoolState& state);

 private:
  StateFile(std::filesystem::path path, base::UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::filesystem::path path_;
  base::UniqueFd fd_;
};

}  // namespace faastax::spool
