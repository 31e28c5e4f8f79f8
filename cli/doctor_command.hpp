// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/stat_command.hpp"

namespace faastax::cli {

/// `faastax doctor`: what this kernel and node offer, what faastax will use, what to change.
void add_doctor_command(CLI::App& app, Action& action);

}  // namespace faastax::cli
