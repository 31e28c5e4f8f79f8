// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "agent/base/capabilities.hpp"
#include "agent/base/result.hpp"
#include "agent/bpf/perf_counters.hpp"

/// What the agent may do once its programs run in the kernel: only what its work still needs.
namespace faastax::daemon {

/// Kept for good: CAP_PERFMON where cycles are counted, as a CPU that comes later gets counters of its own;
/// else nothing.
base::Capabilities needed_at_work(bpf::CycleMode cycles);

/// Gives the calling thread's other capabilities up. `read_tables` reads the kernel's tables as the agent
/// does all the time: CAP_BPF is kept where it fails without (before Linux 5.19 every use of a map may need
/// it).
base::Result<base::Capabilities> give_up_privileges(bpf::CycleMode cycles,
                                                    const std::function<bool()>& read_tables);

}  // namespace faastax::daemon
