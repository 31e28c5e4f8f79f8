// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/regular_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

namespace faastax::sandbox {
namespace {

constexpr const char* kLockFile = "/run/faastax-lab-regular.lock";
constexpr auto kBetweenLooks = std::chrono::milliseconds(20);

std::string first_line_of(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::unexpected<std::string> in_use() {
  const std::string holder = first_line_of(kLockFile);
  return std::unexpected(fmt::format("another lab runs on this machine: {} holds {}",
                                     holder.empty() ? "somebody" : holder, kLockFile));
}

void sign(int lock) {
  const std::string name = fmt::format("{} ({})\n", first_line_of("/proc/self/comm"), getpid());
  // For people who read the error: nothing depends on it.
  if (ftruncate(lock, 0) == 0) (void)!pwrite(lock, name.data(), name.size(), 0);
}

}  // namespace

std::expected<Fd, std::string> lock_regular_track(RegularUse use, std::chrono::milliseconds patience) {
  Fd lock(open(kLockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) return std::unexpected(fmt::format("{}: {}", kLockFile, std::strerror(errno)));
  const auto end = std::chrono::steady_clock::now() + patience;
  while (flock(lock.get(), (use == RegularUse::kExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= end) return in_use();
    std::this_thread::sleep_for(kBetweenLooks);
  }
  sign(lock.get());
  return lock;
}

std::expected<void, std::string> share_regular_track(const Fd& lock) {
  if (flock(lock.get(), LOCK_SH | LOCK_NB) != 0) return in_use();
  return {};
}

}  // namespace faastax::sandbox
