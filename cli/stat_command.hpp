// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace faastax::cli {

/// What to run once the command line is understood; returns the exit status.
using Action = std::function<int()>;

/// `faastax stat` and `faastax record`: a window over this node while a command runs or for a time.
void add_stat_command(CLI::App& app, Action& action);
void add_record_command(CLI::App& app, Action& action);

}  // namespace faastax::cli
