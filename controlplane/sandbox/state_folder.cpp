// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/state_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace faastax::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = ".faastax-state";

// Who held it before may have removed it meanwhile.
bool is_still_there(const Fd& marker, const fs::path& path) {
  struct stat mine{};
  struct stat named{};
  return fstat(marker.get(), &mine) == 0 && stat(path.c_str(), &named) == 0 && mine.st_ino == named.st_ino &&
         mine.st_dev == named.st_dev;
}

std::unexpected<std::string> wrong(const fs::path& path, const std::string& what) {
  return std::unexpected(path.string() + ": " + what);
}

}  // namespace

std::expected<StateFolder, std::string> StateFolder::open(const fs::path& path) {
  const fs::path marker_path = path / kMarker;
  for (;;) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return wrong(path, error.message());
    const bool marked = fs::is_regular_file(fs::symlink_status(marker_path, error));
    if (!marked && !fs::is_empty(path, error))
      return wrong(path, "not empty, and not made by faastax: name an empty folder or a new one");
    Fd marker(::open(marker_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!marker && errno == ENOENT) continue;  // it went in this moment
    if (!marker) return wrong(path, std::strerror(errno));
    if (flock(marker.get(), LOCK_EX | LOCK_NB) != 0) return wrong(path, "in use by another process");
    if (is_still_there(marker, marker_path)) return StateFolder(path, std::move(marker));
  }
}

void StateFolder::clear() const {
  std::error_code error;
  for (fs::directory_iterator it(path_, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->path().filename() != kMarker) fs::remove_all(it->path(), ignored);
  }
}

// The marker goes last: what could not be removed is still known to be ours.
StateFolder::~StateFolder() {
  if (!marker_) return;
  clear();
  std::error_code error;
  const auto left = std::distance(fs::directory_iterator(path_, error), fs::directory_iterator());
  if (error || left > 1) return;
  fs::remove(path_ / kMarker, error);
  fs::remove(path_, error);
}

}  // namespace faastax::sandbox
