// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/privileges.hpp"

#include <linux/capability.h>

namespace faastax::daemon {

base::Capabilities needed_at_work(bpf::CycleMode cycles) {
  return cycles == bpf::CycleMode::kNone ? base::Capabilities{} : base::Capabilities{CAP_PERFMON};
}

base::Result<base::Capabilities> give_up_privileges(bpf::CycleMode cycles,
                                                    const std::function<bool()>& read_tables) {
  base::Capabilities kept = needed_at_work(cycles);
  // CAP_SETPCAP lowers the bound, and goes with the second call.
  if (auto done = base::keep_only(kept.with(CAP_BPF).with(CAP_SETPCAP)); !done)
    return base::failure(done.error());
  if (!base::works_without(CAP_BPF, read_tables)) kept = kept.with(CAP_BPF);
  if (auto done = base::keep_only(kept); !done) return base::failure(done.error());
  return base::effective_capabilities();
}

}  // namespace faastax::daemon
