// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/lab_command.hpp"

namespace faastax::cli {

/// `faastax lab compare`: the same workload through each policy, one after the other, then one table. Exit
/// status 0 when every request of every run succeeded.
int compare_policies(const CompareOptions& options);

}  // namespace faastax::cli
