// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "cli/stat_command.hpp"

namespace faastax::cli {

/// `faastax top`: what happens on this node, again and again.
void add_top_command(CLI::App& app, Action& action);

}  // namespace faastax::cli
