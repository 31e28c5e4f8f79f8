// SPDX-License-Identifier: Apache-2.0
#include "agent/host/processes.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "agent/host/fixture_tree.hpp"

namespace faastax::host {
namespace {

TEST(Processes, StatWithAnAwkwardName) {
  ProcessInfo process;
  ASSERT_TRUE(
      parse_stat("7 (a) b) c) Z 3 1 1 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 250 0 0\n", 100, process));
  EXPECT_EQ(process.comm, "a) b) c");
  EXPECT_EQ(process.parent, 3);
  EXPECT_EQ(process.state, 'Z');
  EXPECT_TRUE(process.kernel_thread);
  EXPECT_EQ(process.started_ns, 2'500'000'000U);
}

TEST(Processes, CutTextsAreRefused) {
  ProcessInfo process;
  for (const char* text :
       {"", "7", "7 (a", ") (", "7 (a) S 3 1", "7 (a) S x 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 2"}) {
    EXPECT_FALSE(parse_stat(text, 100, process)) << text;
  }
  EXPECT_FALSE(parse_status("Name:\tx\n", process));
  EXPECT_FALSE(parse_status("NSpid:\tx\n", process));
}

TEST(Processes, NestedPidNamespaces) {
  ProcessInfo process;
  ASSERT_TRUE(parse_status("Name:\tx\nNSpid:\t812\t1\n", process));
  EXPECT_EQ(process.pid_namespaces, 2U);
  EXPECT_TRUE(process.is_nested_init());
  ASSERT_TRUE(parse_status("NSpid:\t1\n", process));
  EXPECT_FALSE(process.is_nested_init());
}

TEST(Processes, CgroupPathsByHierarchy) {
  ProcessInfo hybrid;
  parse_cgroups("4:cpu,memory:/outer/c1\n1:name=systemd:/x\n0::/c1\n", hybrid);
  EXPECT_EQ(hybrid.cgroup_path, "/c1");
  EXPECT_EQ(hybrid.memory_path, "/outer/c1");
  ProcessInfo pure;
  parse_cgroups("0::/a:b/c (deleted)\n", pure);
  EXPECT_EQ(pure.cgroup_path, "/a:b/c");
  EXPECT_EQ(pure.memory_path, "/a:b/c");
  ProcessInfo none;
  parse_cgroups("nonsense\n", none);
  EXPECT_EQ(none.cgroup_path, "");
}

TEST(Processes, AFixtureIsScanned) {
  FixtureTree tree;
  tree.process({.pid = 10, .comm = "web", .pids_inside = "1", .cgroups = "0::/c1\n"});
  tree.process({.pid = 11, .comm = "kworker/0:1", .pids_inside = "", .cgroups = "0::/\n", .flags = 0x200000});
  tree.folder("proc/12");  // ended meanwhile
  tree.folder("proc/sys");
  auto processes = scan_processes(tree.roots());
  std::ranges::sort(processes, {}, &ProcessInfo::pid);
  ASSERT_EQ(processes.size(), 2U);
  EXPECT_TRUE(processes[0].is_nested_init());
  EXPECT_EQ(processes[0].cgroup_path, "/c1");
  EXPECT_TRUE(processes[1].kernel_thread);
}

TEST(Processes, ResidentMemoryIsAnonymousAndShared) {
  FixtureTree tree;
  tree.file("proc/5/status", "VmRSS:\t 100 kB\nRssAnon:\t  10 kB\nRssFile:\t 60 kB\nRssShmem:\t 30 kB\n");
  tree.file("proc/6/status", "Name:\tkthreadd\n");
  EXPECT_EQ(resident_bytes(tree.roots(), 5), 40U * 1024);
  EXPECT_EQ(resident_bytes(tree.roots(), 6), 0U);
  EXPECT_FALSE(resident_bytes(tree.roots(), 7));
}

TEST(Processes, ThisMachine) {
  const auto processes = scan_processes();
  const auto self = std::ranges::find(processes, ::getpid(), &ProcessInfo::pid);
  ASSERT_NE(self, processes.end());
  EXPECT_EQ(self->comm, "host_test");
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_FALSE(self->kernel_thread);
  EXPECT_GT(self->started_ns, 0U);
  EXPECT_GT(resident_bytes({}, ::getpid()).value_or(0), 100'000U);
}

}  // namespace
}  // namespace faastax::host
