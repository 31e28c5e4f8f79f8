// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "controlplane/sandbox/fd.hpp"

namespace faastax::sandbox {

/// A folder for one's own files, which goes with the object. Its marker file says that everything in it was
/// made here: a folder that holds files and no marker is somebody else's and is left alone. The marker is
/// locked while the object lives.
class StateFolder {
 public:
  /// Makes the folder, or takes over one that an earlier run left. The error says what is wrong with it.
  static std::expected<StateFolder, std::string> open(const std::filesystem::path& path);
  StateFolder() = default;  ///< none
  StateFolder(StateFolder&&) noexcept = default;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  const std::filesystem::path& path() const { return path_; }
  /// Removes what an earlier run left in it.
  void clear() const;

 private:
  StateFolder(std::filesystem::path path, Fd marker) : path_(std::move(path)), marker_(std::move(marker)) {}

  std::filesystem::path path_;
  Fd marker_;
};

}  // namespace faastax::sandbox
