// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "controlplane/manager/containerd_config.hpp"
#include "controlplane/manager/containerd_leftovers.hpp"
#include "controlplane/manager/cri_client.hpp"
#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/fd.hpp"
#include "controlplane/sandbox/state_folder.hpp"

namespace faastax::manager {

/// Puts a program's image into a containerd, where the CRI finds it under `reference`.
std::expected<void, std::string> import_image(const std::filesystem::path& socket,
                                              const std::filesystem::path& folder,
                                              const std::string& reference, const std::string& path,
                                              std::span<const std::byte> program);

/// A containerd of one's own, with the CRI. It lives in a mount namespace and a cgroup of its own, in the
/// node's network namespace: its pods are reached over its bridge. One that is killed is started again, as a
/// node's init would. With the object everything goes: pods, shims, mounts, namespaces, addresses, bridge,
/// folder. What a run that was killed has left goes when the next starts; one that is ending is waited for.
class Containerd {
 public:
  struct Options {
    std::filesystem::path folder;
    std::string bridge = kBridge;
    std::string subnet = "10.230.0.0/16";
    std::function<bool()> give_up = [] { return false; };  ///< asked while it is waited for
  };

  /// Returns once it answers. Fails when a program is missing or root is.
  static std::expected<std::unique_ptr<Containerd>, std::string> start(const Options& options);
  ~Containerd();

  std::filesystem::path socket() const { return layout_.socket(); }
  const ContainerdLayout& layout() const { return layout_; }
  /// Its mount namespace: pods' network namespaces are pinned there.
  int mount_namespace() const { return mounts_.get(); }

 private:
  Containerd(ContainerdLayout layout, std::string program, sandbox::Fd lock, sandbox::StateFolder folder);
  std::expected<void, std::string> prepare();
  std::expected<void, std::string> launch();
  std::expected<void, std::string> wait_until_it_answers(const std::function<bool()>& give_up);
  void supervise();
  std::optional<std::vector<ListedPod>> pods_once_it_knows();

  ContainerdLayout layout_;
  std::string program_;
  sandbox::Fd lock_;  ///< of the regular track
  sandbox::StateFolder folder_;
  bool is_prepared_ = false;                 ///< what is there is ours
  std::vector<std::filesystem::path> made_;  ///< mount points that the node did not have
  sandbox::Fd mounts_;
  sandbox::Fd stop_;                                ///< an eventfd: the supervisor ends
  std::unique_ptr<sandbox::ChildProcess> process_;  ///< the supervisor's, while there is one
  std::thread supervisor_;
};

}  // namespace faastax::manager
