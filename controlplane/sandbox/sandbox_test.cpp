// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "controlplane/sandbox/bundle.hpp"
#include "controlplane/sandbox/cgroups.hpp"
#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/household.hpp"

namespace faastax::sandbox {
namespace {

using namespace std::chrono_literals;

TEST(Bundle, ConfigHasTheLabsCgroupAndOnlyTheFunction) {
  const SandboxSpec spec{"lab", "resize", "resize-4", 64 << 20};
  const auto config = nlohmann::json::parse(oci_config(spec, "/run/x/rootfs"));
  EXPECT_EQ(config["linux"]["cgroupsPath"], "/faastax-lab/regular/lab.resize/resize-4");
  EXPECT_EQ(config["linux"]["resources"]["memory"]["limit"], 64 << 20);
  EXPECT_EQ(config["linux"]["namespaces"].size(), 5u);
  EXPECT_EQ(config["process"]["args"], nlohmann::json({"/function"}));
  EXPECT_EQ(config["root"]["path"], "/run/x/rootfs");
  EXPECT_EQ(config["root"]["readonly"], true);
}

TEST(Cgroups, FindsHierarchiesInMountinfo) {
  const auto found = parse_hierarchies(
      "22 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n"
      "30 22 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
      "31 22 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\nbroken line\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].mount_point, "/sys/fs/cgroup/memory");
  EXPECT_FALSE(found[0].v2);
  EXPECT_EQ(found[0].options, (std::vector<std::string>{"rw", "memory"}));
  EXPECT_EQ(found[1].mount_point, "/sys/fs/cgroup/unified");
  EXPECT_TRUE(found[1].v2);
}

TEST(ChildProcess, GivesExitCodeAndSignal) {
  auto exits = ChildProcess::spawn({{"/bin/sh", "-c", "exit 3"}, "/dev/null"});
  ASSERT_TRUE(exits) << exits.error();
  EXPECT_EQ(exits->wait(5s), 3);
  auto sleeps = ChildProcess::spawn({{"/bin/sleep", "30"}, "/dev/null"});
  ASSERT_TRUE(sleeps) << sleeps.error();
  EXPECT_EQ(sleeps->wait(10ms), std::nullopt);
  EXPECT_TRUE(sleeps->signal(15));
  EXPECT_EQ(sleeps->wait(5s), 128 + 15);
}

TEST(ChildProcess, AMissingProgramExits127) {
  auto missing = ChildProcess::spawn({{"/nonexistent/program"}, "/dev/null"});
  ASSERT_TRUE(missing) << missing.error();
  EXPECT_EQ(missing->wait(5s), 127);
}

TEST(ChildProcess, EndsItsChildWhenReplacedOrDestroyed) {
  auto first = ChildProcess::spawn({{"/bin/sleep", "30"}, "/dev/null"});
  auto second = ChildProcess::spawn({{"/bin/sleep", "30"}, "/dev/null"});
  ASSERT_TRUE(first && second);
  const pid_t first_pid = first->pid();
  *first = std::move(*second);
  EXPECT_EQ(kill(first_pid, 0), -1);
  const pid_t second_pid = first->pid();
  {
    const ChildProcess ends = std::move(*first);
  }
  EXPECT_EQ(kill(second_pid, 0), -1);
}

TEST(Household, ReapsOrphansAndLeavesMembersToTheirOwners) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  Household household;
  auto member = household.spawn({{"/bin/sh", "-c", "exit 5"}, "/dev/null"});
  auto parent = household.spawn({{"/bin/sh", "-c", "(exec sleep 0.05) & exit 0"}, "/dev/null"});
  ASSERT_TRUE(member && parent);
  EXPECT_EQ(parent->wait(5s), 0);
  std::this_thread::sleep_for(300ms);
  household.left(parent->pid());
  EXPECT_EQ(member->wait(5s), 5);
  household.left(member->pid());
  siginfo_t none{};
  EXPECT_EQ(waitid(P_ALL, 0, &none, WEXITED | WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Fd, MoveAssignmentClosesTheOldOne) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  writer = std::move(reader);
  char byte = 0;
  EXPECT_EQ(read(writer.get(), &byte, 1), 0);  // the write end is closed
}

}  // namespace
}  // namespace faastax::sandbox
