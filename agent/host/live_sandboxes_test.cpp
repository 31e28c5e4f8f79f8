// SPDX-License-Identifier: Apache-2.0
#include "agent/host/live_sandboxes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/host/fixture_tree.hpp"
#include "agent/rules/rules_parser.hpp"

namespace faastax::host {
namespace {

using ledger::Phase;
using testing::ElementsAre;

const std::string kId = "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376";
const std::string kPauseId = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d";
const std::string kUid = "74c13223-5a00-11e9-b385-42010a80018d";
constexpr std::string_view kListens =
    "header\n   0: 00000000:1F90 00000000:0000 0A 0:0 0:0 0 0 0 4242 1 0 100\n";

/// A node with pure v2; each test puts cgroups and processes into it.
class LiveSandboxes : public testing::Test {
 protected:
  void SetUp() override {
    rules_ = rules::default_rules().value();
    tree_.file("proc/1/mountinfo", "30 22 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n");
    tree_.file("sys/fs/cgroup/cgroup.procs", "");
  }
  void cgroup(const std::string& path) { tree_.folder("sys/fs/cgroup" + path); }
  void process(FixtureTree::Process one, const std::string& path) {
    cgroup(path);
    one.cgroups = "0::" + path + "\n";
    tree_.process(one);
  }
  void listens(int pid) {
    const std::string folder = "proc/" + std::to_string(pid);
    tree_.file(folder + "/net/tcp", kListens);
    tree_.link(folder + "/fd/3", "socket:[4242]");
  }
  void listens_on_unix(int pid) {
    const std::string folder = "proc/" + std::to_string(pid);
    tree_.file(folder + "/net/unix", "header\n0: 00000002 00000000 00010000 0001 01 4343 /run/web.sock\n");
    tree_.link(folder + "/fd/4", "socket:[4343]");
  }
  std::vector<LiveSandbox> find() {
    return find_live_sandboxes(rules_, CgroupLayout::detect(tree_.roots()), tree_.roots());
  }
  static std::vector<std::string> names(const std::vector<LiveSandbox>& sandboxes) {
    std::vector<std::string> all;
    for (const LiveSandbox& one : sandboxes) all.push_back(one.identity.sandbox);
    return all;
  }
  FixtureTree tree_;
  rules::Rules rules_;
};

TEST_F(LiveSandboxes, ByRuleWithItsPhase) {
  process({.pid = 10, .comm = "web", .pids_inside = "1"}, "/faastax-lab/regular/lab.f1/a");
  listens(10);
  process({.pid = 11, .comm = "web", .pids_inside = "1"}, "/faastax-lab/regular/lab.f1/b");
  process({.pid = 12, .comm = "runc:[2:INIT]", .pids_inside = "1"}, "/faastax-lab/regular/lab.f1/c");
  cgroup("/faastax-lab/emergency/lab.f1/d");
  const auto found = find();
  ASSERT_THAT(names(found), ElementsAre("d", "a", "b", "c"));
  EXPECT_EQ(found[0].main_pid, 0);
  EXPECT_EQ(found[0].phase, Phase::kBeforeExec);
  EXPECT_EQ(found[0].identity.track, ledger::Track::kEmergency);
  EXPECT_EQ(found[1].phase, Phase::kIdle);
  EXPECT_EQ(found[1].main_pid, 10);
  EXPECT_EQ(found[1].memory_path, "/faastax-lab/regular/lab.f1/a");
  EXPECT_NE(found[1].cgroup.id, 0U);
  EXPECT_EQ(found[2].phase, Phase::kStarting);
  EXPECT_EQ(found[3].phase, Phase::kBeforeExec);
}

TEST_F(LiveSandboxes, ByItsPidNamespaceWhateverThePath) {
  process({.pid = 10, .comm = "sh", .pids_inside = "1", .started_ticks = 5}, "/c1");
  process({.pid = 11, .comm = "web", .pids_inside = "7", .started_ticks = 9}, "/c1");
  process({.pid = 12, .comm = "web", .pids_inside = "8"}, "/c1/worker");
  listens(12);
  const auto found = find();
  ASSERT_THAT(names(found), ElementsAre("c1"));
  EXPECT_EQ(found[0].main_pid, 10);
  EXPECT_THAT(found[0].pids, ElementsAre(10, 11, 12));
  ASSERT_EQ(found[0].parts.size(), 1U);
  EXPECT_EQ(found[0].parts[0].path, "/c1/worker");
  EXPECT_EQ(found[0].phase, Phase::kIdle);
}

TEST_F(LiveSandboxes, NotTheNodesOwnCgroups) {
  process({.pid = 10, .comm = "unshared", .pids_inside = "1"}, "/");
  process({.pid = 11, .comm = "unshared", .pids_inside = "1"}, "/user.slice/session-1.scope");
  process({.pid = 12, .comm = "bash"}, "/user.slice/session-1.scope");
  process({.pid = 13, .comm = "member", .pids_inside = "5"}, "/other");
  process({.pid = 14, .comm = "gone", .pids_inside = "1", .state = 'Z'}, "/zombie");
  process({.pid = 15, .comm = "conmon"}, "/system.slice/crio-conmon-" + kId + ".scope");
  EXPECT_TRUE(find().empty());
}

TEST_F(LiveSandboxes, APodIsOneInstance) {
  const std::string pod = "/kubepods/burstable/pod" + kUid;
  process({.pid = 10, .comm = "pause", .pids_inside = "1", .started_ticks = 1}, pod + "/" + kPauseId);
  process({.pid = 11, .comm = "queue", .pids_inside = "1", .started_ticks = 2},
          pod + "/" + std::string(64, 'a'));
  listens(11);
  process({.pid = 12, .comm = "web", .pids_inside = "1", .started_ticks = 3}, pod + "/" + kId);
  auto found = find();
  ASSERT_THAT(names(found), ElementsAre(kUid));
  EXPECT_TRUE(found[0].identity.is_pod);
  EXPECT_EQ(found[0].parts.size(), 3U);
  EXPECT_EQ(found[0].main_pid, 12);
  EXPECT_EQ(found[0].memory_path, pod);
  EXPECT_EQ(found[0].phase, Phase::kStarting) << "a sidecar's socket makes nothing ready";
  listens(12);
  EXPECT_EQ(find()[0].phase, Phase::kIdle);
}

TEST_F(LiveSandboxes, WhoseRequestsCannotBeSeen) {
  process({.pid = 10, .comm = "web", .pids_inside = "1"}, "/faastax-lab/regular/lab.f1/a");
  listens_on_unix(10);
  auto found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].phase, Phase::kIdle);
  EXPECT_TRUE(found[0].hides_requests) << "it serves, and nobody sees whom";
  listens(10);
  EXPECT_FALSE(find()[0].hides_requests);
  process({.pid = 11, .comm = "firecracker", .pids_inside = "1"}, "/firecracker/vm");
  EXPECT_TRUE(find().back().hides_requests) << "by its rule";
}

TEST_F(LiveSandboxes, APodsMemoryOnAHybridNode) {
  const std::string pod = "/kubepods/pod" + kUid;
  cgroup(pod + "/" + kId);
  tree_.process({.pid = 10,
                 .comm = "web",
                 .pids_inside = "1",
                 .cgroups = "4:memory:/outer" + pod + "/" + kId + "\n0::" + pod + "/" + kId + "\n"});
  const auto found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].memory_path, "/outer" + pod);
}

TEST_F(LiveSandboxes, ANodeInAContainerIsNoInstance) {
  const std::string node = "/docker/" + kPauseId;
  const std::string pod = node + "/kubelet/kubepods/pod" + kUid;
  process({.pid = 10, .comm = "systemd", .pids_inside = "1"}, node);
  process({.pid = 11, .comm = "web", .pids_inside = "50\t1"}, pod + "/" + kId);
  EXPECT_THAT(names(find()), ElementsAre(kUid));
}

TEST_F(LiveSandboxes, ThisMachine) {
  for (const LiveSandbox& one : find_live_sandboxes(rules_, CgroupLayout::detect())) {
    EXPECT_FALSE(one.identity.sandbox.empty());
    EXPECT_NE(one.cgroup.id, 0U);
    EXPECT_NE(one.cgroup.path, "/");
  }
}

}  // namespace
}  // namespace faastax::host
