// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "controlplane/manager/containerd_config.hpp"
#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/fd.hpp"

namespace faastax::manager {

/// Cgroup (v2) of the node's own containerd and its shims, from the hierarchy's root.
inline constexpr const char* kContainerdCgroup = "/faastax-lab-containerd";

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
    std::string bridge = "fxlab0";
    std::string subnet = "10.230.0.0/16";
  };

  /// Returns once it answers. Fails when a program is missing or root is.
  static std::expected<std::unique_ptr<Containerd>, std::string> start(const Options& options);
  ~Containerd();

  std::filesystem::path socket() const { return layout_.socket(); }
  const ContainerdLayout& layout() const { return layout_; }
  /// Its mount namespace: pods' network namespaces are pinned there.
  int mount_namespace() const { return mounts_.get(); }

 private:
  explicit Containerd(ContainerdLayout layout) : layout_(std::move(layout)) {}
  std::expected<void, std::string> prepare();
  std::expected<void, std::string> launch();
  std::expected<void, std::string> wait_until_it_answers();
  void supervise();

  ContainerdLayout layout_;
  std::string program_;
  sandbox::Fd lock_;  ///< one on a machine: cgroup and bridge have one name
  sandbox::Fd mounts_;
  sandbox::Fd stop_;  ///< an eventfd: the supervisor ends
  std::mutex mutex_;  ///< guards process_
  std::unique_ptr<sandbox::ChildProcess> process_;
  std::thread supervisor_;
};

/// Removes all that a containerd below `folder` may have left: its processes, pods, bridge and files. Only
/// for when none runs there.
void remove_containerd_leftovers(const ContainerdLayout& layout);

}  // namespace faastax::manager
