// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/leftovers.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "controlplane/sandbox/bundle.hpp"
#include "controlplane/sandbox/cgroups.hpp"

namespace faastax::manager {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// On a thread of its own, which ends in there.
void inside(int mounts, const std::function<void()>& work) {
  std::thread([&] {
    if (unshare(CLONE_FS) == 0 && setns(mounts, CLONE_NEWNS) == 0) work();
  }).join();
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    found.push_back(it->path());
  return found;
}

std::set<ino_t> namespaces_in_use() {
  std::set<ino_t> used;
  for (const fs::path& process : entries("/proc")) {
    struct stat info{};
    if (stat((process / "ns/net").c_str(), &info) == 0) used.insert(info.st_ino);
  }
  return used;
}

void release(const std::vector<fs::path>& namespaces) {
  const std::set<ino_t> used = namespaces_in_use();
  for (const fs::path& one : namespaces) {
    struct stat info{};
    if (stat(one.c_str(), &info) != 0 || used.contains(info.st_ino)) continue;
    umount2(one.c_str(), MNT_DETACH);
    unlink(one.c_str());
  }
}

// What its runtime had begun to run is in a cgroup of the pod's id, somewhere below the lab's.
void end_shim(pid_t shim, const std::string& pod) {
  kill(shim, SIGKILL);
  const auto hierarchies = sandbox::hierarchies();
  for (const sandbox::Hierarchy& hierarchy : hierarchies) {
    const fs::path lab = hierarchy.mount_point / fs::path(sandbox::kLabCgroup).relative_path();
    std::error_code error;
    for (fs::recursive_directory_iterator it(lab, error), end; !error && it != end; it.increment(error)) {
      if (it->path().filename() != pod) continue;
      sandbox::kill_subtree(hierarchies, "/" / fs::relative(it->path(), hierarchy.mount_point));
      break;
    }
  }
}

}  // namespace

std::string pod_of_shim(std::string_view command_line) {
  constexpr std::string_view kId("\0-id\0", 5);
  if (command_line.substr(0, command_line.find('\0')).find("containerd-shim") == command_line.npos) return "";
  const auto at = command_line.find(kId);
  if (at == command_line.npos) return "";
  const std::string_view rest = command_line.substr(at + kId.size());
  return std::string(rest.substr(0, rest.find('\0')));
}

Remains find_remains(std::string_view containerd_cgroup, const fs::path& leases, const fs::path& netns_folder,
                     int mounts) {
  Remains found;
  for (const sandbox::Hierarchy& hierarchy : sandbox::hierarchies()) {
    if (!hierarchy.v2) continue;
    std::ifstream members(hierarchy.mount_point / fs::path(containerd_cgroup).relative_path() /
                          "cgroup.procs");
    for (pid_t pid = 0; members >> pid;) found.shims.push_back(pid);
  }
  for (const fs::path& lease : entries(leases)) {
    if (lease.filename().native().find_first_not_of("0123456789.:abcdef") == std::string::npos)
      found.leases.push_back(lease);
  }
  inside(mounts, [&] { found.namespaces = entries(netns_folder); });
  return found;
}

void remove_remains(const Remains& remains, const std::set<std::string>& pods, int mounts) {
  for (const pid_t shim : remains.shims) {
    const std::string pod = pod_of_shim(read_file("/proc/" + std::to_string(shim) + "/cmdline"));
    if (!pod.empty() && !pods.contains(pod)) end_shim(shim, pod);
  }
  for (const fs::path& lease : remains.leases) {
    const std::string text = read_file(lease);
    std::error_code error;
    if (!pods.contains(text.substr(0, text.find_first_of("\r\n")))) fs::remove(lease, error);
  }
  inside(mounts, [&] { release(remains.namespaces); });
}

}  // namespace faastax::manager
