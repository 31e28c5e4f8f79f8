// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/bpf/hooks.hpp"

namespace faastax::bpf {

/// Whether this kernel offers a hook, and if not, why.
struct HookState {
  Hook hook;
  bool available = false;
  std::string reason;
};

/// What this kernel and this process's privileges offer, by probing, never by version.
struct Features {
  std::vector<HookState> hooks;
  bool skb_task_storage = false;  ///< cgroup_skb may read task storage: a response splits its sender's slice
  bool oom_has_task = false;      ///< mark_victim's argument: a task (since 6.8) or a pid

  bool has(std::string_view program) const;

  /// The first required hook that is missing, as one line; empty if none is.
  std::string missing() const;
};

/// Where the kernel's BTF is below /sys.
std::string types_path(const std::string& sys_root);

/// Fails in one line where BPF cannot work at all: not root, no BTF.
base::Result<Features> probe_features(const std::string& sys_root = "/sys");

}  // namespace faastax::bpf
