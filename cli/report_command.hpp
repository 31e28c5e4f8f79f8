// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "cli/stat_command.hpp"

namespace faastax::cli {

/// `faastax report`: the report of a file, as text, JSON, CSV or a page.
void add_report_command(CLI::App& app, Action& action);

}  // namespace faastax::cli
