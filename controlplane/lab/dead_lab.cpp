// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/dead_lab.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "controlplane/sandbox/fd.hpp"
#include "controlplane/sandbox/oci_driver.hpp"

namespace faastax::lab {

namespace {

constexpr auto kLimit = std::chrono::seconds(15);
constexpr auto kPause = std::chrono::milliseconds(20);

bool lock_in_time(int lock) {
  const auto until = std::chrono::steady_clock::now() + kLimit;
  while (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

// A lab that ends removes the file: the lock of a removed one says nothing about the next lab.
bool still_named(int lock, const std::filesystem::path& path) {
  struct stat mine{};
  struct stat named{};
  return fstat(lock, &mine) == 0 && stat(path.c_str(), &named) == 0 && mine.st_ino == named.st_ino;
}

}  // namespace

void remove_dead_lab(const std::filesystem::path& state_folder) {
  const std::filesystem::path path = state_folder / "lock";
  const sandbox::Fd lock(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!lock || !lock_in_time(lock.get()) || !still_named(lock.get(), path)) return;
  sandbox::remove_leftovers(state_folder);
  std::error_code error;
  std::filesystem::remove_all(state_folder, error);
}

}  // namespace faastax::lab
