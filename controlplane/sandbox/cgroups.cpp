// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/cgroups.hpp"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace faastax::sandbox {
namespace {

namespace fs = std::filesystem;

// Every cgroup of the subtree, children before their parents.
std::vector<fs::path> subtree(const fs::path& top) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(top, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error)) found.push_back(it->path());
  }
  if (fs::is_directory(top, error)) found.insert(found.begin(), top);
  return {found.rbegin(), found.rend()};
}

bool kill_members(const fs::path& cgroup) {
  bool any = false;
  for (const pid_t pid : members_of(cgroup)) {
    if (pid == 1 || pid == getpid()) continue;
    kill(pid, SIGKILL);
    any = true;
  }
  return any;
}

fs::path inside(const Hierarchy& hierarchy, const fs::path& path) {
  return hierarchy.mount_point / path.relative_path();
}

}  // namespace

std::vector<Hierarchy> parse_hierarchies(std::string_view mountinfo) {
  std::vector<Hierarchy> found;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    const auto separator = line.find(" - ");
    if (separator == line.npos) continue;
    std::istringstream before(line.substr(0, separator));
    std::istringstream after(line.substr(separator + 3));
    std::string skipped, mount_point, type, options;
    before >> skipped >> skipped >> skipped >> skipped >> mount_point;
    after >> type >> skipped >> options;
    if (type != "cgroup" && type != "cgroup2") continue;
    Hierarchy& hierarchy = found.emplace_back(mount_point, type == "cgroup2");
    std::istringstream words(options);
    for (std::string word; std::getline(words, word, ',');) hierarchy.options.push_back(word);
  }
  return found;
}

std::vector<Hierarchy> hierarchies() {
  std::ifstream file("/proc/self/mountinfo");
  std::stringstream text;
  text << file.rdbuf();
  return parse_hierarchies(text.str());
}

bool crun_needs_help(const std::vector<Hierarchy>& mounted) {
  bool v1 = false;
  bool v2_controllers = false;
  for (const Hierarchy& hierarchy : mounted) {
    if (!hierarchy.v2) v1 = true;
    std::string word;
    if (hierarchy.v2 && std::ifstream(hierarchy.mount_point / "cgroup.controllers") >> word)
      v2_controllers = true;
  }
  return v1 && v2_controllers;
}

std::vector<pid_t> members_of(const fs::path& cgroup) {
  std::vector<pid_t> found;
  std::ifstream members(cgroup / "cgroup.procs");
  for (pid_t pid = 0; members >> pid;) {
    // The kernel shows a process of another pid namespace as 0.
    if (pid != 0) found.push_back(pid);
  }
  return found;
}

void remove_empty_subtree(const std::vector<Hierarchy>& mounted, const fs::path& path) {
  for (const Hierarchy& hierarchy : mounted) {
    for (const fs::path& cgroup : subtree(inside(hierarchy, path))) rmdir(cgroup.c_str());
  }
}

void kill_subtree(const std::vector<Hierarchy>& mounted, const fs::path& path) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (bool left = true; left && std::chrono::steady_clock::now() < end;) {
    left = false;
    for (const Hierarchy& hierarchy : mounted) {
      for (const fs::path& cgroup : subtree(inside(hierarchy, path))) left |= kill_members(cgroup);
    }
    remove_empty_subtree(mounted, path);
    if (left) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace faastax::sandbox
