// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "agent/base/result.hpp"
#include "agent/bpf/features.hpp"
#include "agent/bpf/probe.hpp"
#include "bpf/faastax_bpf.skel.h"

/// From the object's open to its load: what it is set to, and which programs the kernel takes.
namespace faastax::bpf {

struct SkeletonDeleter {
  void operator()(faastax_bpf* skeleton) const { faastax_bpf__destroy(skeleton); }
};
using SkeletonPtr = std::unique_ptr<faastax_bpf, SkeletonDeleter>;
/// Sets the object to `options` and loads the programs that `features` has.
base::Result<SkeletonPtr> open_and_load(const ProbeOptions& options, const Features& features);

/// Only the hooks of what is asked for.
Features asked_for(const ProbeOptions& options, Features features);

/// Half of the interrupts' hooks would book an entry without its exit.
base::Result<void> has_all_interrupts(const Features& features);

/// What this kernel's verifier accepts: the required hooks, and each optional one that loads beside them.
Features accepted(const ProbeOptions& options, const Features& features);

}  // namespace faastax::bpf
