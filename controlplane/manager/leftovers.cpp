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
#include "controlplane/sandbox/files.hpp"

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

std::set<ino_t> namespaces_in_use() {
  std::set<ino_t> used;
  for (const fs::path& process : sandbox::entries_of("/proc")) {
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

std::vector<pid_t> members_of_v2(std::string_view cgroup) {
  std::vector<pid_t> found;
  for (const sandbox::Hierarchy& hierarchy : sandbox::hierarchies()) {
    if (!hierarchy.v2) continue;
    const auto members = sandbox::members_of(hierarchy.mount_point / fs::path(cgroup).relative_path());
    found.insert(found.end(), members.begin(), members.end());
  }
  return found;
}

std::string command_line_of(pid_t pid) { return read_file("/proc/" + std::to_string(pid) + "/cmdline"); }

// One that waits to be reaped has no program.
bool has_ended(pid_t pid) {
  std::error_code error;
  return fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", error).empty();
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
      sandbox::kill_subtree(hierarchies, "/" / it->path().lexically_relative(hierarchy.mount_point));
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

bool is_serving_shim(std::string_view command_line) {
  if (pod_of_shim(command_line).empty()) return false;
  return !command_line.ends_with(std::string_view("\0start\0", 7)) &&
         !command_line.ends_with(std::string_view("\0delete\0", 8));
}

void let_begun_work_end(std::string_view containerd_cgroup, std::chrono::milliseconds limit,
                        const std::function<bool()>& give_up) {
  constexpr std::chrono::milliseconds kBetweenLooks{10};
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    std::vector<pid_t> working = members_of_v2(containerd_cgroup);
    std::erase_if(working, [](pid_t pid) { return has_ended(pid) || is_serving_shim(command_line_of(pid)); });
    if (working.empty() || give_up()) return;
    if (std::chrono::steady_clock::now() > end) {
      for (const pid_t pid : working) kill(pid, SIGKILL);
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

Remains find_remains(std::string_view containerd_cgroup, const fs::path& leases, const fs::path& netns_folder,
                     int mounts) {
  Remains found;
  found.shims = members_of_v2(containerd_cgroup);
  for (const fs::path& lease : sandbox::entries_of(leases)) {
    if (lease.filename().native().find_first_not_of("0123456789.:abcdef") == std::string::npos)
      found.leases.push_back(lease);
  }
  inside(mounts, [&] { found.namespaces = sandbox::entries_of(netns_folder); });
  return found;
}

void remove_remains(const Remains& remains, const std::set<std::string>& pods, int mounts) {
  for (const pid_t shim : remains.shims) {
    const std::string pod = pod_of_shim(command_line_of(shim));
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
