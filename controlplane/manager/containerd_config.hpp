// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

/// The configuration files of a containerd of one's own. Pure.
namespace faastax::manager {

inline constexpr const char* kNetworkName = "faastax";

/// Where everything of one node's containerd is.
struct ContainerdLayout {
  std::filesystem::path folder;
  std::filesystem::path plugins;  ///< CNI programs
  std::string bridge;             ///< its network device
  std::string subnet;             ///< of its pods, as 10.230.0.0/16
  std::string pause_image;

  std::filesystem::path socket() const { return folder / "containerd.sock"; }
  std::filesystem::path config() const { return folder / "config.toml"; }
  std::filesystem::path network() const { return folder / "cni/10-faastax.conflist"; }
  std::filesystem::path leases() const { return folder / "leases"; }
  std::filesystem::path namespaces() const { return folder / "state/io.containerd.grpc.v1.cri/netns"; }
  std::filesystem::path log() const { return folder / "log"; }
};

/// containerd's configuration, version 2. The CRI plugin keeps its network namespaces with its state.
std::string containerd_config(const ContainerdLayout& layout);

/// The CNI network (version 0.4.0): a bridge of the node's, addresses from a file-backed range.
std::string network_config(const ContainerdLayout& layout);

}  // namespace faastax::manager
