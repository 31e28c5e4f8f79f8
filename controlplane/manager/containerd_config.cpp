// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/containerd_config.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace faastax::manager {

std::string containerd_config(const ContainerdLayout& layout) {
  // Raising a score of -998 needs a capability that a lab's root may lack: the CRI plugin then takes its own.
  return fmt::format(R"(version = 2
root = "{folder}/root"
state = "{folder}/state"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]
[grpc]
  address = "{socket}"
[ttrpc]
  address = "{socket}.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  max_container_log_line_size = 4096
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
)",
                     fmt::arg("folder", layout.folder.string()), fmt::arg("socket", layout.socket().string()),
                     fmt::arg("pause", layout.pause_image), fmt::arg("plugins", layout.plugins.string()));
}

std::string network_config(const ContainerdLayout& layout) {
  using nlohmann::json;
  const json addresses = {{"type", "host-local"},
                          {"dataDir", layout.leases().string()},
                          {"subnet", layout.subnet},
                          {"routes", json::array({{{"dst", "0.0.0.0/0"}}})}};
  const json bridge = {
      {"type", "bridge"}, {"bridge", layout.bridge}, {"isGateway", true}, {"ipam", addresses}};
  return json{{"cniVersion", "0.4.0"}, {"name", kNetworkName}, {"plugins", json::array({bridge})}}.dump(2);
}

}  // namespace faastax::manager
