// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>

#include "controlplane/sandbox/fd.hpp"

/// Regular instances of all labs have one place on a machine, `/faastax-lab/regular` in the cgroup
/// hierarchies, and whoever makes them first kills what another run has left there. Hence one lock for all of
/// them, /run/faastax-lab-regular.lock, held while the descriptor is open.
namespace faastax::sandbox {

/// An exclusive holder may kill all that is there; shared ones use one container runtime together.
enum class RegularUse { kExclusive, kShared };

/// How long one that is ending is waited for.
inline constexpr std::chrono::seconds kRegularPatience{10};

/// The error says who holds it.
std::expected<Fd, std::string> lock_regular_track(RegularUse use,
                                                  std::chrono::milliseconds patience = kRegularPatience);

/// Makes an exclusive lock a shared one. Fails when somebody else took it in that moment: start nothing then.
std::expected<void, std::string> share_regular_track(const Fd& lock);

}  // namespace faastax::sandbox
