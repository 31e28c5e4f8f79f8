// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/hybrid.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace faastax::sandbox {
namespace {

std::unexpected<std::string> on_hybrid_failed(const char* what) {
  return std::unexpected(std::string("crun on hybrid cgroups: ") + what + ": " + std::strerror(errno));
}

// Moves the calling thread for good.
std::expected<Fd, std::string> move_and_cover(const std::vector<Hierarchy>& mounted) {
  if (unshare(CLONE_FS | CLONE_NEWNS) != 0) return on_hybrid_failed("unshare");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return on_hybrid_failed("private mounts");
  for (const Hierarchy& hierarchy : mounted) {
    const auto file = hierarchy.mount_point / "cgroup.controllers";
    // /dev/null reads as an empty file and is there on every machine.
    if (hierarchy.v2 && mount("/dev/null", file.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return on_hybrid_failed("bind");
  }
  Fd made(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!made) return on_hybrid_failed("open");
  return made;
}

}  // namespace

std::expected<Fd, std::string> namespace_without_v2_controllers(const std::vector<Hierarchy>& mounted) {
  std::expected<Fd, std::string> result = std::unexpected("no helper thread");
  std::thread([&] { result = move_and_cover(mounted); }).join();
  return result;
}

}  // namespace faastax::sandbox
