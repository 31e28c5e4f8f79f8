// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace faastax::base {

/// CLI11's word for a wrong command line, as one line.
inline std::string one_line_failure(const CLI::App* app, const CLI::Error& error) {
  const std::string name = app->get_name();
  return name + ": " + error.what() + " (see " + name + " --help)\n";
}

/// Parses the command line of a program without subcommands, with --version and one-line errors; absent when
/// it is to run, otherwise the status with which it is to end.
inline std::optional<int> parse_or_end(CLI::App& app, const char* version, int argc,
                                       const char* const* argv) {
  constexpr int kUsage = 2;
  app.failure_message(one_line_failure);
  app.set_version_flag("--version", version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return std::nullopt;
}

}  // namespace faastax::base
