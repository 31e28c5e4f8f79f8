// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/catalog.hpp"

namespace faastax::engine {

static_assert(static_cast<int>(ledger::Program::kRuntime) == FX_PROGRAM_RUNTIME);
static_assert(static_cast<int>(ledger::Program::kShim) == FX_PROGRAM_SHIM);
static_assert(static_cast<int>(ledger::Program::kClient) == FX_PROGRAM_CLIENT);
static_assert(static_cast<int>(ledger::Program::kCni) == FX_PROGRAM_CNI);
static_assert(static_cast<int>(ledger::Program::kDaemon) == FX_PROGRAM_DAEMON);
static_assert(static_cast<int>(ledger::Program::kTool) == FX_PROGRAM_TOOL);
static_assert(static_cast<int>(ledger::Program::kSelf) == FX_PROGRAM_SELF);
static_assert(static_cast<int>(ledger::Program::kSpawner) == FX_PROGRAM_SPAWNER);

std::vector<std::pair<std::string, fx_program>> kernel_programs(const rules::Rules& rules) {
  std::vector<std::pair<std::string, fx_program>> result;
  for (const rules::ProgramEntry& entry : rules.all_programs()) {
    // A name with any ending is known to the kernel by its stem alone; the cut at 15 characters makes
    // that the whole of `containerd-shim-runc-v2` and its like.
    result.emplace_back(entry.comm, static_cast<fx_program>(entry.rule.program));
  }
  return result;
}

}  // namespace faastax::engine
