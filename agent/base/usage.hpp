// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace faastax::base {

/// CLI11's word for a wrong command line, as one line.
inline std::string one_line_failure(const CLI::App* app, const CLI::Error& error) {
  const std::string name = app->get_name();
  return name + ": " + error.what() + " (see " + name + " --help)\n";
}

}  // namespace faastax::base
