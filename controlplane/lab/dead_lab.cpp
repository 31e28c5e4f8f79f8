// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/dead_lab.hpp"

#include "controlplane/manager/containerd_leftovers.hpp"
#include "controlplane/sandbox/regular_lock.hpp"
#include "controlplane/sandbox/state_folder.hpp"

namespace faastax::lab {

void remove_dead_lab(const std::filesystem::path& state_folder) {
  constexpr std::chrono::seconds kLimit{30};
  const auto lock = sandbox::lock_regular_track(sandbox::RegularUse::kExclusive, kLimit);
  if (!lock) return;
  manager::remove_containerd_leftovers();
  (void)sandbox::StateFolder::open(state_folder);  // and closes it: it goes
}

}  // namespace faastax::lab
