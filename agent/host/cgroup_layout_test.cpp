// SPDX-License-Identifier: Apache-2.0
#include "agent/host/cgroup_layout.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "agent/host/fixture_tree.hpp"
#include "agent/host/processes.hpp"

namespace faastax::host {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPureV2 =
    "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr std::string_view kHybrid =
    "30 22 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
    "31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
    "34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(CgroupLayout, PureV2) {
  const auto layout = layout_from_mountinfo(kPureV2, "/sys");
  EXPECT_EQ(name_of(layout.version), "v2");
  EXPECT_EQ(layout.v2_mount, "/sys/fs/cgroup");
  EXPECT_TRUE(layout.v1_memory_mount.empty());
  EXPECT_TRUE(layout.usable());
}

TEST(CgroupLayout, Hybrid) {
  const auto layout = layout_from_mountinfo(kHybrid, "/host/sys");
  EXPECT_EQ(name_of(layout.version), "hybrid");
  EXPECT_EQ(layout.v2_mount, "/host/sys/fs/cgroup/unified");
  EXPECT_EQ(layout.v1_memory_mount, "/host/sys/fs/cgroup/memory");
}

TEST(CgroupLayout, V2BesideSystemdsOwnHierarchyIsV2) {
  const auto layout = layout_from_mountinfo(
      "33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
      "34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "/sys");
  EXPECT_EQ(name_of(layout.version), "v2");
}

TEST(CgroupLayout, V1AloneSaysWhatToChange) {
  const auto layout =
      layout_from_mountinfo("31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "/sys");
  EXPECT_EQ(name_of(layout.version), "v1");
  EXPECT_FALSE(layout.usable());
  EXPECT_THAT(layout.problem, HasSubstr("cgroup v1 only"));
}

TEST(CgroupLayout, NoneAndNonsense) {
  for (const char* text : {"", "x\n", "1 2 3 4 5 6 -\n", "- - - - - - - - -\n"}) {
    const auto layout = layout_from_mountinfo(text, "/sys");
    EXPECT_EQ(name_of(layout.version), "none") << text;
    EXPECT_THAT(layout.problem, HasSubstr("no cgroup file system"));
  }
}

TEST(CgroupLayout, TheMountOfTheWholeHierarchyIsPreferred) {
  const auto layout = layout_from_mountinfo(
      "34 30 0:30 /part /mnt/part rw - cgroup2 cgroup2 rw\n"
      "35 30 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
      "36 30 0:30 / /mnt/again rw - cgroup2 cgroup2 rw\n",
      "/sys");
  EXPECT_EQ(layout.v2_mount, "/sys/fs/cgroup");
}

TEST(CgroupLayout, DetectsAndListsAFixture) {
  FixtureTree tree;
  tree.file("proc/1/mountinfo", kPureV2);
  tree.file("sys/fs/cgroup/cgroup.procs", "");
  tree.file("sys/fs/cgroup/a/b/memory.current", "4096\n");
  const auto layout = CgroupLayout::detect(tree.roots());
  ASSERT_TRUE(layout.usable()) << layout.problem;
  const auto cgroups = list_cgroups(layout);
  ASSERT_EQ(cgroups.size(), 3U);
  EXPECT_EQ(cgroups[0].path, "/");
  EXPECT_EQ(cgroups[1].path, "/a");
  EXPECT_EQ(cgroups[2].path, "/a/b");
  EXPECT_EQ(cgroup_id(layout, "/a/b"), cgroups[2].id);
  EXPECT_FALSE(cgroup_id(layout, "/gone"));
  EXPECT_EQ(memory_bytes(layout, "/a/b"), 4096U);
  EXPECT_FALSE(memory_bytes(layout, "/a"));
  EXPECT_EQ(memory_cgroup_id(layout, "/a/b"), cgroups[2].id) << "one hierarchy, one id";
}

TEST(CgroupLayout, LimitsOfMemory) {
  FixtureTree tree;
  tree.file("proc/self/mountinfo", kPureV2);
  tree.file("sys/fs/cgroup/cgroup.procs", "");
  tree.file("sys/fs/cgroup/a/memory.max", "max\n");
  tree.file("sys/fs/cgroup/b/memory.max", "268435456\n");
  const auto layout = CgroupLayout::detect(tree.roots());
  EXPECT_FALSE(memory_limit(layout, "/a"));
  EXPECT_EQ(memory_limit(layout, "/b"), 268435456U);
  EXPECT_FALSE(memory_limit(layout, "/gone"));
}

TEST(CgroupLayout, DyingCgroups) {
  FixtureTree tree;
  tree.file("proc/self/mountinfo", kPureV2);
  tree.file("sys/fs/cgroup/cgroup.procs", "");
  const auto layout = CgroupLayout::detect(tree.roots());
  EXPECT_FALSE(dying_cgroups(layout));
  tree.file("sys/fs/cgroup/cgroup.stat", "nr_descendants 12\nnr_subsys_cpu 3\nnr_dying_descendants 7\n");
  EXPECT_EQ(dying_cgroups(layout), 7U);
}

TEST(CgroupLayout, HybridReadsMemoryFromItsOwnHierarchy) {
  FixtureTree tree;
  tree.file("proc/self/mountinfo", kHybrid);
  tree.file("sys/fs/cgroup/unified/cgroup.procs", "");
  tree.file("sys/fs/cgroup/memory/outer/c1/memory.usage_in_bytes", "12288\n");
  const auto layout = CgroupLayout::detect(tree.roots());
  EXPECT_EQ(memory_bytes(layout, "/outer/c1"), 12288U);
  tree.file("sys/fs/cgroup/memory/outer/c1/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(memory_limit(layout, "/outer/c1")) << "v1's way to say none";
  tree.file("sys/fs/cgroup/memory/outer/c1/memory.limit_in_bytes", "65536\n");
  EXPECT_EQ(memory_limit(layout, "/outer/c1"), 65536U);
  EXPECT_FALSE(memory_cgroup_id(layout, "/c1")) << "the v2 path is not the memory path";
}

TEST(CgroupLayout, AnUnseenMountIsAProblem) {
  FixtureTree tree;
  tree.file("proc/1/mountinfo", kPureV2);
  EXPECT_THAT(CgroupLayout::detect(tree.roots()).problem, HasSubstr("cannot be seen"));
  FixtureTree empty;
  EXPECT_THAT(CgroupLayout::detect(empty.roots()).problem, HasSubstr("cannot be read"));
}

/// The kernel's own answer to what a cgroup's id is.
std::uint64_t handle_id(const std::filesystem::path& folder) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> space{};
  auto* handle = reinterpret_cast<file_handle*>(space.data());
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  EXPECT_EQ(::name_to_handle_at(AT_FDCWD, folder.c_str(), handle, &mount, 0), 0);
  std::uint64_t id = 0;
  std::memcpy(&id, space.data() + sizeof(file_handle), sizeof(id));
  return id;
}

TEST(CgroupLayout, ThisMachine) {
  const auto layout = CgroupLayout::detect();
  if (!layout.usable()) GTEST_SKIP() << layout.problem;
  const auto cgroups = list_cgroups(layout);
  ASSERT_FALSE(cgroups.empty());
  EXPECT_EQ(cgroups.front().path, "/");
  EXPECT_EQ(cgroup_id(layout, "/"), handle_id(layout.v2_mount));
  const auto self = read_process({}, ::getpid());
  ASSERT_TRUE(self);
  EXPECT_TRUE(cgroup_id(layout, self->cgroup_path)) << self->cgroup_path;
}

}  // namespace
}  // namespace faastax::host
