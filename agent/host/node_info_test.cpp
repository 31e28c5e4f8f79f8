// SPDX-License-Identifier: Apache-2.0
#include "agent/host/node_info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/host/fixture_tree.hpp"

namespace faastax::host {
namespace {

using testing::ElementsAre;

TEST(NodeInfo, CpuLists) {
  EXPECT_THAT(parse_cpu_list("0-3,8\n").value(), ElementsAre(0, 1, 2, 3, 8));
  EXPECT_THAT(parse_cpu_list("5").value(), ElementsAre(5));
  EXPECT_THAT(parse_cpu_list("0-1,5,8-9\n").value(), ElementsAre(0, 1, 5, 8, 9))
      << "the last id is not their number";
  for (const char* text : {"", "a", "3-1", "1-", "-1", "0-99999999"})
    EXPECT_FALSE(parse_cpu_list(text)) << text;
}

TEST(NodeInfo, CountsCpusNotIds) {
  FixtureTree tree;
  tree.file("sys/devices/system/cpu/online", "0,2,64-65\n");
  tree.file("proc/sys/kernel/hostname", "node-a\n");
  tree.file("proc/sys/kernel/osrelease", "6.12.1-x\n");
  const auto info = read_node_info({.version = CgroupVersion::kHybrid}, tree.roots());
  EXPECT_EQ(info.cpus, 4U);
  EXPECT_EQ(info.name, "node-a");
  EXPECT_EQ(info.kernel, "6.12.1-x");
  EXPECT_EQ(info.cgroup, "hybrid");
  EXPECT_EQ(info.cycle_source, "none");
}

TEST(NodeInfo, ThisMachine) {
  utsname names{};
  ASSERT_EQ(::uname(&names), 0);
  const auto info = read_node_info(CgroupLayout::detect());
  EXPECT_EQ(info.name, names.nodename);
  EXPECT_EQ(info.kernel, names.release);
  EXPECT_EQ(info.cpus, ::sysconf(_SC_NPROCESSORS_ONLN));
}

TEST(NodeInfo, VersionsInAnswers) {
  EXPECT_EQ(version_in("runc version 1.1.5+ds1\ncommit: x\n"), "1.1.5+ds1");
  EXPECT_EQ(version_in("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1"),
            "1.6.20~ds1");
  EXPECT_EQ(version_in("crun version 1.8.1\n"), "1.8.1");
  EXPECT_EQ(version_in("Docker version 24.0.7, build afdd53b"), "24.0.7");
  EXPECT_EQ(version_in("Firecracker v1.7.0\n\nSupported"), "1.7.0");
  EXPECT_EQ(version_in("development build\n"), "development build");
}

TEST(NodeInfo, OnlyWhatAnswersIsListed) {
  const auto versions = runtime_versions({"bash", "no-such-runtime", "false"}, std::chrono::seconds(5));
  ASSERT_EQ(versions.size(), 1U);
  EXPECT_TRUE(versions.contains("bash"));
}

}  // namespace
}  // namespace faastax::host
