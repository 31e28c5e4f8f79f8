// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/lab_command.hpp"

namespace faastax::cli {

/// `faastax lab run` with the profiler attached: the lab's own result, then the ledger's report. Exit
/// status 0 when every request succeeded.
int run_profiled_lab(const LabOptions& options);

}  // namespace faastax::cli
