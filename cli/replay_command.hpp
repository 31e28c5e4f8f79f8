// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/stat_command.hpp"

namespace faastax::cli {

/// `faastax replay FILE`: books a recording again, without a kernel.
void add_replay_command(CLI::App& app, Action& action);

}  // namespace faastax::cli
