// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/node_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace faastax::emergency {
namespace {

using namespace std::chrono_literals;

// An agent ends in less; another that removes what a dead one of this number left holds it for as long.
constexpr auto kLockLimit = 4s;
constexpr auto kBetweenLooks = 20ms;

// Never unlinked: two could then hold two files of the one name.
std::string lock_file(int number) { return fmt::format("/run/faastax-emergency-n{}.lock", number); }

sandbox::Fd open_lock(int number) {
  return sandbox::Fd(open(lock_file(number).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

}  // namespace

std::expected<sandbox::Fd, std::string> take_node_lock(int number) {
  sandbox::Fd lock = open_lock(number);
  if (!lock) return std::unexpected(lock_file(number) + ": " + std::strerror(errno));
  const auto end = std::chrono::steady_clock::now() + kLockLimit;
  while (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() > end) {
      return std::unexpected(fmt::format(
          "another emergency agent has node number {} on this machine ({}): end it, or take another number",
          number, lock_file(number)));
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return lock;
}

sandbox::Fd try_node_lock(int number) {
  sandbox::Fd lock = open_lock(number);
  if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.reset();
  return lock;
}

}  // namespace faastax::emergency
