// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/containerd_leftovers.hpp"

#include <filesystem>

#include "controlplane/sandbox/cgroups.hpp"
#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/find_program.hpp"
#include "controlplane/sandbox/oci_driver.hpp"

namespace faastax::manager {

void remove_containerd_leftovers(const std::string& bridge) {
  constexpr std::chrono::seconds kCommandLimit{30};
  sandbox::kill_subtree(sandbox::hierarchies(), kContainerdCgroup);
  sandbox::remove_regular_leftovers();
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::path("/sys/class/net") / bridge, error)) return;
  const auto ip = sandbox::find_program("ip", "iproute2");
  if (!ip) return;
  auto process = sandbox::ChildProcess::spawn({{ip->string(), "link", "delete", bridge}, "/dev/null"});
  if (process) process->wait(kCommandLimit);
}

}  // namespace faastax::manager
