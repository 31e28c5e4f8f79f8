// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "cli/stat_command.hpp"

namespace faastax::cli {

/// Registers `policy eval` (what a policy would have decided on a series of metrics) and `policy list`
/// (policies and their parameters).
void add_policy_command(CLI::App& app, Action& action);

}  // namespace faastax::cli
