// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/xattr.h>

#include <filesystem>
#include <set>

#include "controlplane/emergency/address_plan.hpp"
#include "controlplane/emergency/cgroup_tree.hpp"

namespace faastax::emergency {
namespace {

using sandbox::Hierarchy;

const Hierarchy kMemory{"/sys/fs/cgroup/memory", false, {"rw", "memory"}};
const Hierarchy kCpu{"/sys/fs/cgroup/cpu,cpuacct", false, {"rw", "cpu", "cpuacct"}};
const Hierarchy kUnified{"/sys/fs/cgroup/unified", true, {"rw"}};
const Hierarchy kPure{"/sys/fs/cgroup", true, {"rw", "nsdelegate"}};

TEST(CgroupLayout, PureV2EnforcesAllInOneHierarchy) {
  const auto layout = CgroupLayout::of({kPure}, "cpuset cpu io memory pids\n");
  ASSERT_TRUE(layout) << layout.error();
  EXPECT_EQ(layout->v2, "/sys/fs/cgroup");
  EXPECT_EQ(layout->memory, layout->v2);
  EXPECT_EQ(layout->cpu, layout->v2);
}

TEST(CgroupLayout, HybridIsBornInV2AndLimitedByV1) {
  const auto layout = CgroupLayout::of({kMemory, kCpu, kUnified}, "hugetlb\n");
  ASSERT_TRUE(layout) << layout.error();
  EXPECT_EQ(layout->v2, "/sys/fs/cgroup/unified");
  EXPECT_EQ(layout->memory, "/sys/fs/cgroup/memory");
  EXPECT_EQ(layout->cpu, "/sys/fs/cgroup/cpu,cpuacct");
}

TEST(CgroupLayout, AControllerThatNobodyHasIsAbsent) {
  const auto layout = CgroupLayout::of({kPure}, "cpuset io\n");
  ASSERT_TRUE(layout) << layout.error();
  EXPECT_TRUE(layout->memory.empty());
  EXPECT_TRUE(layout->cpu.empty());
}

TEST(CgroupLayout, V1AloneIsRefused) { EXPECT_FALSE(CgroupLayout::of({kMemory, kCpu}, "")); }

// Any file system that knows the attribute does for what has no limits.
TEST(CgroupTree, AFunctionsFolderThatAnotherNodeHasJustRemovedIsMadeAgain) {
  char name[] = "/tmp/faastax-cgroup-tree-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::filesystem::path top = name;
  if (setxattr(name, "trusted.faastax.test", "1", 1, 0) != 0) {
    std::filesystem::remove_all(top);
    GTEST_SKIP() << "trusted attributes need root";
  }
  const CgroupTree tree(CgroupLayout{top, {}, {}}, 1);
  ASSERT_TRUE(tree.prepare("lab", "f1"));
  std::filesystem::remove_all(top / "faastax-lab");
  const auto leaf = tree.make("lab", "f1", "e-1", {});
  EXPECT_TRUE(leaf) << leaf.error();
  EXPECT_TRUE(std::filesystem::exists(top / "faastax-lab/emergency/lab.f1/e-1"));
  EXPECT_FALSE(tree.make("lab", "f1", "e-1", {}));
  std::filesystem::remove_all(top);
}

TEST(AddressPlan, NoAddressIsGivenTwice) {
  std::set<Ipv4> addresses;
  std::size_t count = 0;
  for (const int node : {1, 2, kMaxNodes}) {
    addresses.insert({node_address(node), machine_address(node)});
    count += 2;
    for (int slot = 0; slot < kMaxSlots; ++slot, ++count) addresses.insert(slot_address(node, slot));
  }
  EXPECT_EQ(addresses.size(), count);
}

TEST(AddressPlan, ReadsAsPeopleWriteThem) {
  EXPECT_EQ(to_text(slot_address(7, 0)), "10.231.7.2");
  EXPECT_EQ(to_text(machine_address(250)), "10.231.250.254");
  EXPECT_LE(uplink_name(kMaxNodes).size(), 15u);  // IFNAMSIZ less the final zero
}

}  // namespace
}  // namespace faastax::emergency
