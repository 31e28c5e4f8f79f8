// SPDX-License-Identifier: Apache-2.0
#include "agent/host/cgroup_layout.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "agent/host/text.hpp"

namespace faastax::host {
namespace {

namespace fs = std::filesystem;

struct Mount {
  std::string_view root;
  std::string_view point;
  std::string_view type;
  std::string_view options;  ///< of the superblock: a v1 hierarchy's controllers are among them
};

/// "36 35 98:0 /root /point rw,noatime master:1 - type source options", any number of tags before the dash.
std::optional<Mount> parse_mount(std::string_view line) {
  const auto words = split(line, " ");
  const auto dash = std::ranges::find(words, std::string_view("-"));
  if (dash - words.begin() < 6 || words.end() - dash < 4) return std::nullopt;
  return Mount{.root = words[3], .point = words[4], .type = dash[1], .options = dash[3]};
}

fs::path under(const fs::path& sys, std::string_view point) {
  constexpr std::string_view kSys = "/sys/";
  return point.starts_with(kSys) ? sys / point.substr(kSys.size()) : fs::path(point);
}

fs::path folder_of(const fs::path& mount, std::string_view path) {
  return mount / fs::path(path).relative_path();
}

std::optional<std::uint64_t> inode_of(const fs::path& folder) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

std::optional<std::uint64_t> read_bytes(const fs::path& file) {
  const auto text = read_text(file);
  return text ? parse_number<std::uint64_t>(trimmed(*text)) : std::nullopt;
}

void settle_version(CgroupLayout& layout, bool v1_controllers) {
  if (!layout.v2_mount.empty()) {
    layout.version = v1_controllers ? CgroupVersion::kHybrid : CgroupVersion::kV2;
  } else if (v1_controllers) {
    layout.version = CgroupVersion::kV1;
    layout.problem =
        "this node has cgroup v1 only, where the kernel gives every task the same cgroup id; mount cgroup2 "
        "beside it (mount -t cgroup2 none /sys/fs/cgroup/unified) or boot with "
        "systemd.unified_cgroup_hierarchy=1";
  } else {
    layout.problem = "no cgroup file system is mounted; mount -t cgroup2 none /sys/fs/cgroup";
  }
}

void list_below(const fs::path& folder, const std::string& path, std::vector<CgroupEntry>& entries) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) return;
  entries.push_back({.id = status.st_ino, .path = path});
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (!at->is_directory(gone) || at->is_symlink(gone)) continue;
    list_below(at->path(), (path == "/" ? path : path + '/') + at->path().filename().string(), entries);
  }
}

}  // namespace

std::string_view name_of(CgroupVersion version) {
  switch (version) {
    case CgroupVersion::kV1:
      return "v1";
    case CgroupVersion::kHybrid:
      return "hybrid";
    case CgroupVersion::kV2:
      return "v2";
    case CgroupVersion::kNone:
      break;
  }
  return "none";
}

CgroupLayout layout_from_mountinfo(std::string_view mountinfo, const fs::path& sys) {
  CgroupLayout layout;
  bool v1_controllers = false;
  bool whole = false;  // v2_mount shows the hierarchy's root, not a part of it
  for (std::string_view line : split(mountinfo, "\n")) {
    const auto mount = parse_mount(line);
    if (!mount) continue;
    if (mount->type == "cgroup2" && (layout.v2_mount.empty() || (!whole && mount->root == "/"))) {
      layout.v2_mount = under(sys, mount->point);
      whole = mount->root == "/";
    } else if (mount->type == "cgroup" && !mount->options.contains("name=")) {
      v1_controllers = true;
      if (lists(mount->options, ",", "memory")) layout.v1_memory_mount = under(sys, mount->point);
    }
  }
  settle_version(layout, v1_controllers);
  return layout;
}

CgroupLayout CgroupLayout::detect(const Roots& roots) {
  CgroupLayout layout;
  for (const char* process : {"1", "self"}) {
    const auto mountinfo = read_text(roots.proc / process / "mountinfo");
    if (!mountinfo) continue;
    layout = layout_from_mountinfo(*mountinfo, roots.sys);
    std::error_code error;
    if (layout.usable() && fs::exists(layout.v2_mount / "cgroup.procs", error)) return layout;
  }
  if (layout.usable()) {
    layout.problem = layout.v2_mount.empty() ? "the mounts of this node cannot be read"
                                             : layout.v2_mount.string() + " cannot be seen from here";
  }
  return layout;
}

std::optional<ledger::CgroupId> cgroup_id(const CgroupLayout& layout, std::string_view path) {
  return inode_of(folder_of(layout.v2_mount, path));
}

std::vector<CgroupEntry> list_cgroups(const CgroupLayout& layout) {
  std::vector<CgroupEntry> entries;
  if (!layout.v2_mount.empty()) list_below(layout.v2_mount, "/", entries);
  return entries;
}

namespace {

bool has_v1_memory(const CgroupLayout& layout) { return !layout.v1_memory_mount.empty(); }

fs::path memory_folder(const CgroupLayout& layout, std::string_view memory_path) {
  return folder_of(has_v1_memory(layout) ? layout.v1_memory_mount : layout.v2_mount, memory_path);
}

}  // namespace

std::optional<std::uint64_t> memory_bytes(const CgroupLayout& layout, std::string_view memory_path) {
  return read_bytes(memory_folder(layout, memory_path) /
                    (has_v1_memory(layout) ? "memory.usage_in_bytes" : "memory.current"));
}

std::optional<std::uint64_t> memory_limit(const CgroupLayout& layout, std::string_view memory_path) {
  // v1 writes "no limit" as the highest number of pages, v2 as "max".
  constexpr std::uint64_t kNoLimit = 1ULL << 60;
  const auto limit = read_bytes(memory_folder(layout, memory_path) /
                                (has_v1_memory(layout) ? "memory.limit_in_bytes" : "memory.max"));
  return limit && *limit < kNoLimit ? limit : std::nullopt;
}

std::optional<std::uint64_t> memory_cgroup_id(const CgroupLayout& layout, std::string_view memory_path) {
  return inode_of(memory_folder(layout, memory_path));
}

std::optional<std::uint64_t> dying_cgroups(const CgroupLayout& layout) {
  const auto text = read_text(layout.v2_mount / "cgroup.stat");
  if (!text) return std::nullopt;
  for (const std::string_view line : split(*text, "\n")) {
    const auto words = split(line, " ");
    if (words.size() == 2 && words[0] == "nr_dying_descendants") return parse_number<std::uint64_t>(words[1]);
  }
  return std::nullopt;
}

}  // namespace faastax::host
