// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/cgroup_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <ranges>
#include <set>
#include <sstream>

#include "controlplane/emergency/node_lock.hpp"
#include "controlplane/sandbox/bundle.hpp"
#include "controlplane/sandbox/files.hpp"

namespace faastax::emergency {
namespace {

namespace fs = std::filesystem;
using sandbox::Fd;

constexpr const char* kNodeAttribute = "trusted.faastax.node";
constexpr int kCpuPeriodUs = 100'000;  // the kernel's default
constexpr int kSmallestQuotaUs = 1'000;
constexpr int kTries = 5;
constexpr auto kUnmarkedIsOldAfter = std::chrono::seconds(10);

std::unexpected<std::string> failed(const fs::path& path) {
  return std::unexpected(path.string() + ": " + std::strerror(errno));
}

fs::path emergency_path() { return fs::path(sandbox::kLabCgroup).relative_path() / "emergency"; }

bool has_word(const std::string& text, const std::string& word) {
  std::istringstream words(text);
  for (std::string one; words >> one;) {
    if (one == word) return true;
  }
  return false;
}

std::string read_text(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::expected<void, std::string> write_text(const fs::path& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return failed(path);
  }
  return {};
}

std::expected<void, std::string> make_folder(const fs::path& path) {
  if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return failed(path);
}

// Each folder on the way down; on v2 the controllers are passed on by every one of them, the root first.
std::expected<void, std::string> make_way(const fs::path& root, const fs::path& below,
                                          const std::string& controllers) {
  fs::path path = root;
  for (auto part = below.begin();; ++part) {
    if (!controllers.empty()) {
      if (auto passed = write_text(path / "cgroup.subtree_control", controllers); !passed) return passed;
    }
    if (part == below.end()) return {};
    path /= *part;
    if (auto made = make_folder(path); !made) return made;
  }
}

// 0: it bears no number.
int node_of(const fs::path& cgroup) {
  char value[16];
  const ssize_t size = getxattr(cgroup.c_str(), kNodeAttribute, value, sizeof value);
  int number = 0;
  if (size > 0) std::from_chars(value, value + size, number);
  return number;
}

// What ends here made a folder above disappear at that moment: the folders that all share are removed by
// whoever finds them empty. (A file of a cgroup that goes while it is open says ENODEV.)
bool lost_its_folder(const std::expected<void, std::string>& result) {
  return !result &&
         (result.error().ends_with(std::strerror(ENOENT)) || result.error().ends_with(std::strerror(ENODEV)));
}

// Of an agent that died between making a cgroup and marking it; a younger one may belong to one that lives.
bool is_old(const fs::path& cgroup) {
  std::error_code error;
  const auto made = fs::last_write_time(cgroup, error);
  return !error && fs::file_time_type::clock::now() - made > kUnmarkedIsOldAfter;
}

std::set<fs::path> mount_points(const CgroupLayout& layout) {
  std::set<fs::path> all = {layout.v2, layout.memory, layout.cpu};
  all.erase(fs::path());
  return all;
}

}  // namespace

std::expected<CgroupLayout, std::string> CgroupLayout::of(const std::vector<sandbox::Hierarchy>& mounted,
                                                          const std::string& v2_controllers) {
  CgroupLayout layout;
  for (const sandbox::Hierarchy& hierarchy : mounted) {
    if (hierarchy.v2 && layout.v2.empty()) layout.v2 = hierarchy.mount_point;
    const auto has = [&](const char* name) {
      return !hierarchy.v2 && std::ranges::find(hierarchy.options, name) != hierarchy.options.end();
    };
    if (has("memory")) layout.memory = hierarchy.mount_point;
    if (has("cpu")) layout.cpu = hierarchy.mount_point;
  }
  if (layout.v2.empty()) {
    return std::unexpected("emergency instances are born into a cgroup v2: mount that hierarchy");
  }
  if (has_word(v2_controllers, "memory")) layout.memory = layout.v2;
  if (has_word(v2_controllers, "cpu")) layout.cpu = layout.v2;
  return layout;
}

std::expected<CgroupLayout, std::string> CgroupLayout::choose() {
  const auto mounted = sandbox::hierarchies();
  std::string controllers;
  for (const sandbox::Hierarchy& hierarchy : mounted) {
    if (hierarchy.v2) controllers += read_text(hierarchy.mount_point / "cgroup.controllers");
  }
  return of(mounted, controllers);
}

// A folder that is there and not ours belongs to another instance: it is refused, and nothing of it touched.
std::expected<void, std::string> CgroupLeaf::add_folder(const fs::path& folder) {
  if (std::ranges::find(made_, folder) != made_.end()) return {};
  if (mkdir(folder.c_str(), 0755) != 0) return failed(folder);
  made_.push_back(folder);
  return {};
}

// One controller may share another's hierarchy (`cpu,memory`): joined once.
std::expected<void, std::string> CgroupLeaf::add_join(const fs::path& folder) {
  if (std::ranges::find(joined_, folder) != joined_.end()) return {};
  Fd tasks(open((folder / "tasks").c_str(), O_WRONLY | O_CLOEXEC));
  if (!tasks) return failed(folder / "tasks");
  joins_.push_back(std::move(tasks));
  joined_.push_back(folder);
  return {};
}

std::optional<pid_t> CgroupLeaf::first_process() const {
  const Fd file(openat(folder_.get(), "cgroup.procs", O_RDONLY | O_CLOEXEC));
  if (!file) return errno == EMFILE || errno == ENFILE ? std::nullopt : std::optional<pid_t>(0);
  char text[16];
  const ssize_t size = read(file.get(), text, sizeof text);
  pid_t pid = 0;
  if (size > 0) std::from_chars(text, text + size, pid);
  return pid;
}

void CgroupLeaf::kill() const {
  const Fd file(openat(folder_.get(), "cgroup.kill", O_WRONLY | O_CLOEXEC));
  if (file) (void)!write(file.get(), "1", 1);
}

bool CgroupLeaf::ran_out_of_memory() const {
  if (memory_.empty()) return false;
  // v2 and v1 have the same line in files of different names.
  std::istringstream lines(read_text(memory_ / "memory.events") + read_text(memory_ / "memory.oom_control"));
  std::string name;
  for (std::uint64_t count = 0; lines >> name >> count;) {
    if (name == "oom_kill") return count > 0;
  }
  return false;
}

std::expected<void, std::string> CgroupLeaf::remove() {
  folder_.reset();
  joins_.clear();
  for (const fs::path& path : std::exchange(made_, {}) | std::views::reverse) {
    if (rmdir(path.c_str()) != 0 && errno != ENOENT) return failed(path);
  }
  return {};
}

bool CgroupTree::is_dead(const fs::path& cgroup, Locks& locks) const {
  const int node = node_of(cgroup);
  if (node == node_) return true;
  if (node == 0) return is_old(cgroup);
  const auto [found, is_new] = locks.try_emplace(node);
  if (is_new) found->second = try_node_lock(node);
  return static_cast<bool>(found->second);
}

std::size_t CgroupTree::remove_leftovers() const {
  std::size_t count = 0;
  Locks locks;  // of dead nodes: none of them begins while its cgroups are removed
  auto hierarchies = sandbox::hierarchies();
  std::ranges::stable_partition(hierarchies, [](const auto& one) { return !one.v2; });
  const fs::path top = layout_.v2 / emergency_path();
  std::error_code gone;
  for (const fs::path& function : sandbox::entries_of(top)) {
    for (const fs::path& instance : sandbox::entries_of(function)) {  // of a file it has none
      if (!fs::is_directory(instance, gone) || !is_dead(instance, locks)) continue;
      sandbox::kill_subtree(hierarchies, "/" / instance.lexically_relative(layout_.v2));
      ++count;
    }
  }
  remove_empty();
  return count;
}

std::expected<void, std::string> CgroupTree::prepare(const std::string& space,
                                                     const std::string& function) const {
  const fs::path below = emergency_path() / (space + "." + function);
  auto made = make_ways(below);
  for (int tries = 1; tries < kTries && lost_its_folder(made); ++tries) made = make_ways(below);
  return made;
}

std::expected<void, std::string> CgroupTree::make_ways(const fs::path& below) const {
  for (const fs::path& mount_point : mount_points(layout_)) {
    std::string controllers;
    if (mount_point == layout_.v2 && layout_.memory == layout_.v2) controllers += "+memory ";
    if (mount_point == layout_.v2 && layout_.cpu == layout_.v2) controllers += "+cpu ";
    if (auto made = make_way(mount_point, below, controllers); !made) return made;
  }
  return {};
}

std::expected<CgroupLeaf, std::string> CgroupTree::make(const std::string& space, const std::string& function,
                                                        const std::string& instance,
                                                        const Quota& quota) const {
  const fs::path path = emergency_path() / (space + "." + function) / instance;
  for (int tries = 1;; ++tries) {
    CgroupLeaf leaf;
    const auto filled = fill(leaf, path, quota);
    if (filled) return leaf;
    (void)leaf.remove();
    if (tries == kTries || !lost_its_folder(filled)) return std::unexpected(filled.error());
    if (auto prepared = prepare(space, function); !prepared) return std::unexpected(prepared.error());
  }
}

std::expected<void, std::string> CgroupTree::fill(CgroupLeaf& leaf, const fs::path& path,
                                                  const Quota& quota) const {
  const fs::path own = layout_.v2 / path;
  if (auto made = leaf.add_folder(own); !made) return made;
  const std::string mark = std::to_string(node_);
  if (setxattr(own.c_str(), kNodeAttribute, mark.data(), mark.size(), 0) != 0) return failed(own);
  leaf.folder_.reset(open(own.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!leaf.folder_) return failed(own);
  if (quota.memory_bytes > 0) {
    if (layout_.memory.empty()) return std::unexpected("no cgroup hierarchy limits memory here");
    const bool v2 = layout_.memory == layout_.v2;
    leaf.memory_ = layout_.memory / path;
    auto set = limit(leaf, leaf.memory_, v2,
                     {{v2 ? "memory.max" : "memory.limit_in_bytes", std::to_string(quota.memory_bytes)}});
    if (!set) return set;
  }
  if (quota.cpu_cores <= 0) return {};
  if (layout_.cpu.empty()) return std::unexpected("no cgroup hierarchy limits CPU here");
  const int us = std::max(kSmallestQuotaUs, static_cast<int>(quota.cpu_cores * kCpuPeriodUs));
  if (layout_.cpu == layout_.v2) {
    return limit(leaf, own, true, {{"cpu.max", fmt::format("{} {}", us, kCpuPeriodUs)}});
  }
  return limit(
      leaf, layout_.cpu / path, false,
      {{"cpu.cfs_period_us", std::to_string(kCpuPeriodUs)}, {"cpu.cfs_quota_us", std::to_string(us)}});
}

std::expected<void, std::string> CgroupTree::limit(CgroupLeaf& leaf, const fs::path& folder, bool v2,
                                                   const std::vector<Setting>& settings) {
  if (auto made = leaf.add_folder(folder); !made) return made;
  for (const auto& [file, value] : settings) {
    if (auto wrote = write_text(folder / file, value); !wrote) return wrote;
  }
  return v2 ? std::expected<void, std::string>{} : leaf.add_join(folder);
}

void CgroupTree::remove_empty() const {
  for (const fs::path& mount_point : mount_points(layout_)) {
    const fs::path top = mount_point / emergency_path();
    for (const fs::path& function : sandbox::entries_of(top)) rmdir(function.c_str());  // no harm to a file
    rmdir(top.c_str());
    rmdir(top.parent_path().c_str());
  }
}

}  // namespace faastax::emergency
