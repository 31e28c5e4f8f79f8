// SPDX-License-Identifier: Apache-2.0
// Paths as the programs make them. Where a layout cannot run on the machine that tests faastax (systemd
// driver, CRI-O, Docker, Podman, Firecracker), the source is the program's own code or documentation, or
// listings that its users published.
#include <gtest/gtest.h>

#include <ostream>

#include "agent/rules/rules_parser.hpp"

namespace faastax::rules {

void PrintTo(const CgroupIdentity& id, std::ostream* out) {
  *out << "{sandbox " << id.sandbox << ", space " << id.space << ", function " << id.function << ", track "
       << ledger::name_of(id.track) << ", pod " << id.pod << (id.is_pod ? ", whole pod" : "")
       << (id.hides_requests ? ", requests hidden}" : "}");
}

namespace {

using ledger::Track;

const std::string kId = "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376";
const std::string kOther = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d";
const std::string kUid = "74c13223-5a00-11e9-b385-42010a80018d";
const std::string kSliceUid = "74c13223_5a00_11e9_b385_42010a80018d";
const std::string kStaticUid = "1b0b5a1c4b7b4ac1a92d5e2ad33ce8e7";  // static pods: a hash of the manifest

CgroupIdentity container(std::string sandbox, std::string pod = "") {
  return {.sandbox = std::move(sandbox), .pod = std::move(pod)};
}

class CgroupLayouts : public testing::Test {
 protected:
  void SetUp() override { rules_ = default_rules().value(); }

  void expect(const std::string& path, const CgroupIdentity& identity) {
    EXPECT_EQ(rules_.identify(path), identity) << path;
  }
  void expect_nothing(const std::string& path) { EXPECT_FALSE(rules_.identify(path)) << path; }
  std::string root_of(const std::string& path) {
    const auto enclosing = rules_.sandbox_of(path);
    return enclosing ? enclosing->root : "none";
  }
  Rules rules_;
};

TEST_F(CgroupLayouts, TheLabsOwn) {  // docs/ARCHITECTURE.md
  expect("/faastax-lab/emergency/lab.f1/e-17",
         {.sandbox = "e-17", .space = "lab", .function = "f1", .track = Track::kEmergency});
  expect("/faastax-lab/regular/lab.f1/r-3",
         {.sandbox = "r-3", .space = "lab", .function = "f1", .track = Track::kRegular});
  expect_nothing("/faastax-lab");
  expect_nothing("/faastax-lab/regular/lab.f1");
}

TEST_F(CgroupLayouts, Containerd) {  // seen here: `ctr run` and the CRI plugin, containerd 1.6, cgroupfs
  expect("/default/c1", container("c1"));
  expect("/k8s.io/" + kId, container(kId));
  expect("/system.slice/cri-containerd-" + kId + ".scope", container(kId));  // containerd: docs/cri/config
  expect("/system.slice/nerdctl-" + kId + ".scope", container(kId));         // nerdctl: pkg/cmd/container
  expect_nothing("/default");
  expect_nothing("/system.slice/containerd.service");
}

TEST_F(CgroupLayouts, Faasd) {  // faasd gives functions their name as container id
  expect("/openfaas-fn/figlet", {.sandbox = "figlet", .space = "openfaas-fn", .function = "figlet"});
}

TEST_F(CgroupLayouts, KubernetesCgroupfs) {  // kubelet: pkg/kubelet/cm/qos_container_manager_linux.go
  const std::string pod = "/kubepods/burstable/pod" + kUid;
  expect(pod + "/" + kId, container(kId, kUid));
  expect("/kubepods/besteffort/pod" + kUid + "/" + kId, container(kId, kUid));
  expect("/kubepods/pod" + kStaticUid + "/" + kId, container(kId, kStaticUid));
  expect("/kubepods/pod" + kUid + "/crio-" + kId, container(kId, kUid));
  expect("/kubepods/pod" + kUid + "/kata_" + kId, container(kId, kUid));
  expect(pod, {.sandbox = kUid, .pod = kUid, .is_pod = true});
  expect_nothing("/kubepods/burstable");
  expect_nothing("/kubepods");
}

TEST_F(CgroupLayouts, KubernetesSystemd) {
  const std::string burstable = "/kubepods.slice/kubepods-burstable.slice";
  const std::string pod = burstable + "/kubepods-burstable-pod" + kSliceUid + ".slice";
  expect(pod + "/cri-containerd-" + kId + ".scope", container(kId, kUid));
  expect(pod + "/crio-" + kId + ".scope", container(kId, kUid));
  expect(pod + "/docker-" + kId + ".scope", container(kId, kUid));
  expect("/kubepods.slice/kubepods-pod" + kSliceUid + ".slice/cri-containerd-" + kId + ".scope",
         container(kId, kUid));  // guaranteed pods have no level of their own
  expect(pod, {.sandbox = kUid, .pod = kUid, .is_pod = true});
  expect("/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + kStaticUid + ".slice",
         {.sandbox = kStaticUid, .pod = kStaticUid, .is_pod = true});
  expect_nothing(burstable);
  expect_nothing("/kubepods.slice");
}

TEST_F(CgroupLayouts, KubernetesInKind) {  // kind's nodes are Docker containers with --cgroup-root=/kubelet
  const std::string node = "/docker/" + kOther;
  const std::string pod = node + "/kubelet/kubepods/burstable/pod" + kUid;
  expect(pod + "/" + kId, container(kId, kUid));
  EXPECT_EQ(root_of(pod + "/" + kId), pod);
  const std::string slice = "/system.slice/docker-" + kOther + ".scope/kubelet.slice/kubelet-kubepods.slice" +
                            "/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod" + kSliceUid +
                            ".slice";
  expect(slice + "/cri-containerd-" + kId + ".scope", container(kId, kUid));
  EXPECT_EQ(root_of(slice + "/cri-containerd-" + kId + ".scope"), slice);
}

TEST_F(CgroupLayouts, CriO) {  // cri-o: internal/config/cgmgr
  expect("/system.slice/crio-" + kId + ".scope", container(kId));
  expect("/crio/crio-" + kId, container(kId));
  const std::string pod = "/kubepods/besteffort/pod" + kUid;
  expect_nothing("/system.slice/crio-conmon-" + kId + ".scope");
  expect_nothing(pod + "/crio-conmon-" + kId);
  EXPECT_EQ(root_of(pod + "/crio-conmon-" + kId), "none");  // a monitor is no part of the pod's instance
  EXPECT_EQ(root_of(pod + "/crio-" + kId + "/container"), pod);
}

TEST_F(CgroupLayouts, Docker) {  // docs.docker.com, "Runtime metrics"
  expect("/docker/" + kId, container(kId));
  expect("/system.slice/docker-" + kId + ".scope", container(kId));
  expect("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + kId + ".scope", container(kId));
  expect_nothing("/system.slice/docker.service");
  expect_nothing("/docker/buildx");
}

TEST_F(CgroupLayouts, Podman) {  // podman: libpod/container.go; listing in podman issue 13673
  const std::string scope = "/machine.slice/libpod-" + kId + ".scope";
  expect(scope, container(kId));
  expect_nothing(scope + "/container");
  EXPECT_EQ(root_of(scope + "/container"), scope);
  expect("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope", container(kId));
  expect("/libpod_parent/libpod-" + kId, container(kId));
  expect("/srv.slice/web.service/libpod-payload-" + kId, container(kId));
  expect_nothing("/machine.slice/libpod-conmon-" + kId + ".scope");
  const std::string pod = "/machine.slice/machine-libpod_pod_" + kOther + ".slice";
  expect(pod, {.sandbox = kOther, .pod = kOther, .is_pod = true});
  expect(pod + "/libpod-" + kId + ".scope", container(kId, kOther));
  EXPECT_EQ(root_of(pod + "/libpod-" + kId + ".scope/container"), pod);
}

TEST_F(CgroupLayouts, RuntimesAlone) {  // runc: cgroups/systemd; crun: src/libcrun/cgroup-systemd.c
  expect("/system.slice/runc-c1.scope", container("c1"));
  expect("/system.slice/crun-c1.scope", container("c1"));
}

TEST_F(CgroupLayouts, FirecrackerJailer) {  // firecracker: docs/jailer.md
  expect("/firecracker/551e7604-e35c-42b3-b825-416853441234",
         {.sandbox = "551e7604-e35c-42b3-b825-416853441234", .hides_requests = true});
  expect("/firecracker-v1.7.0/vm1", {.sandbox = "vm1", .hides_requests = true});
  expect_nothing("/firecracker");
}

TEST_F(CgroupLayouts, OthersCgroups) {
  for (const char* path : {"/", "", "/init.scope", "/user.slice/user-0.slice/session-3.scope", "/c1",
                           "/system.slice/ssh.service", "/runc", "/lxc/c1", "default/c1", "x"}) {
    expect_nothing(path);
    EXPECT_EQ(root_of(path), "none") << path;
  }
}

TEST_F(CgroupLayouts, TheOutermostContainerIsTheInstance) {
  EXPECT_EQ(root_of("/docker/" + kOther + "/docker/" + kId), "/docker/" + kOther);
  EXPECT_EQ(root_of("/default/c1/sub/sub"), "/default/c1");
  EXPECT_EQ(rules_.sandbox_of("/default/c1/sub")->identity.sandbox, "c1");
}

}  // namespace
}  // namespace faastax::rules
