// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <span>

#include "controlplane/manager/containerd_config.hpp"
#include "controlplane/manager/image_archive.hpp"
#include "controlplane/manager/leftovers.hpp"
#include "controlplane/manager/manager_backend.hpp"

namespace faastax::manager {
namespace {

using sandbox::InstanceSpec;

constexpr std::size_t kBlock = 512;

std::map<std::string, std::string> entries_of(const std::string& tar) {
  std::map<std::string, std::string> entries;
  for (std::size_t at = 0; at + kBlock <= tar.size() && tar[at] != '\0';) {
    const std::string name = tar.c_str() + at;
    const auto size = std::stoul(tar.substr(at + 124, 11), nullptr, 8);
    entries[name] = tar.substr(at + kBlock, size);
    at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
  return entries;
}

TEST(ImageArchive, HasALayerWithTheProgramAndAManifestThatNamesIt) {
  const std::string program = "not really a program";
  const auto archive = entries_of(image_archive("example.org/f:1", "/f", std::as_bytes(std::span(program))));
  ASSERT_EQ(archive.size(), 3u);
  EXPECT_EQ(entries_of(archive.at("layer.tar")).at("f"), program);
  const auto manifest = nlohmann::json::parse(archive.at("manifest.json"));
  EXPECT_EQ(manifest[0]["RepoTags"][0], "example.org/f:1");
  EXPECT_EQ(manifest[0]["Layers"][0], "layer.tar");
  const auto config = nlohmann::json::parse(archive.at("config.json"));
  EXPECT_EQ(config["config"]["Entrypoint"][0], "/f");
  const std::string digest = config["rootfs"]["diff_ids"][0];
  EXPECT_EQ(digest.size(), std::string("sha256:").size() + 64);
}

TEST(ContainerdConfig, KeepsEverythingBelowItsFolder) {
  const ContainerdLayout layout{"/run/x", "/usr/lib/cni", "fxb0", "10.1.0.0/16", "example.org/pause:1"};
  const std::string config = containerd_config(layout);
  for (const char* line : {"root = \"/run/x/root\"", "state = \"/run/x/state\"",
                           "address = \"/run/x/containerd.sock\"", "restrict_oom_score_adj = true",
                           "sandbox_image = \"example.org/pause:1\"", "conf_dir = \"/run/x/cni\""}) {
    EXPECT_NE(config.find(line), std::string::npos) << line;
  }
  const auto network = nlohmann::json::parse(network_config(layout));
  EXPECT_EQ(network["plugins"][0]["bridge"], "fxb0");
  EXPECT_EQ(network["plugins"][0]["ipam"]["subnet"], "10.1.0.0/16");
  EXPECT_EQ(network["plugins"][0]["ipam"]["dataDir"], "/run/x/leases");
}

TEST(Leftovers, AShimNamesItsPod) {
  using namespace std::string_literals;
  EXPECT_EQ(pod_of_shim("/usr/bin/containerd-shim-runc-v2\0-namespace\0k8s.io\0-id\0abc\0-address\0/s\0"s),
            "abc");
  EXPECT_EQ(pod_of_shim("/usr/bin/containerd-shim-runc-v2\0-id\0abc"s), "abc");
  EXPECT_EQ(pod_of_shim("/usr/bin/containerd-shim-runc-v2\0-id"s), "");
  EXPECT_EQ(pod_of_shim("/usr/bin/other\0-id\0abc\0"s), "");
  EXPECT_EQ(pod_of_shim(""), "");
}

TEST(Leftovers, AShimThatStartsAnotherServesNoPod) {
  using namespace std::string_literals;
  const std::string shim = "/usr/bin/containerd-shim-runc-v2\0-namespace\0k8s.io\0-id\0abc\0"s;
  EXPECT_TRUE(is_serving_shim(shim));
  EXPECT_TRUE(is_serving_shim(shim + "-address\0/start\0"s));
  EXPECT_FALSE(is_serving_shim(shim + "start\0"s));
  EXPECT_FALSE(is_serving_shim(shim + "delete\0"s));
  EXPECT_FALSE(is_serving_shim("/usr/bin/runc\0-id\0abc\0"s));
}

/// Keeps what was desired last.
class Wishes final : public ClusterManager {
 public:
  void listen(sandbox::InstanceListener listener) override { tell = std::move(listener); }
  void desire(const FunctionKey& function, std::vector<InstanceSpec> instances) override {
    std::vector<std::string> names;
    for (const InstanceSpec& spec : instances) names.push_back(spec.instance);
    desired[function.function] = names;
  }
  std::vector<PodStatus> actual() const override { return {}; }

  std::map<std::string, std::vector<std::string>> desired;
  sandbox::InstanceListener tell;
};

InstanceSpec spec(const std::string& function, const std::string& instance) {
  return {.space = "lab", .function = function, .instance = instance, .policy = "", .decision = ""};
}

TEST(ManagerBackend, StartsAndStopsChangeWhatIsDesired) {
  using Names = std::vector<std::string>;
  Wishes manager;
  ManagerBackend backend(manager);
  backend.start(spec("f", "f-1"));
  backend.start(spec("f", "f-2"));
  backend.start(spec("g", "g-1"));
  EXPECT_EQ(manager.desired["f"], (Names{"f-1", "f-2"}));
  backend.stop("f-1");
  backend.stop("unknown");
  EXPECT_EQ(manager.desired["f"], Names{"f-2"});
  EXPECT_EQ(manager.desired["g"], Names{"g-1"});
  backend.stop_all();
  EXPECT_TRUE(manager.desired["f"].empty());
  EXPECT_FALSE(backend.is_empty());
}

TEST(ManagerBackend, WhatEndedIsDesiredNoLonger) {
  Wishes manager;
  ManagerBackend backend(manager);
  int events = 0;
  backend.listen([&events](const sandbox::InstanceEvent&) { ++events; });
  backend.start(spec("f", "f-1"));
  backend.start(spec("f", "f-2"));
  manager.tell(sandbox::InstanceReady{"f-1", "10.0.0.2", 8080, "", "n1"});
  manager.tell(sandbox::InstanceGone{"f-1", "killed"});
  backend.start(spec("f", "f-3"));
  EXPECT_EQ(manager.desired["f"], (std::vector<std::string>{"f-2", "f-3"}));
  manager.tell(sandbox::InstanceFailed{"f-2", "no network"});
  manager.tell(sandbox::InstanceFailed{"f-3", "no network"});
  EXPECT_EQ(events, 4);
  EXPECT_TRUE(backend.is_empty());
}

}  // namespace
}  // namespace faastax::manager
