// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include <filesystem>
#include <string>

#include "agent/base/result.hpp"
#include "agent/config/agent_config.hpp"

namespace faastax::daemon {

/// The command line. What it says goes before the file.
struct Options {
  std::filesystem::path config;  ///< empty: the defaults
  std::string listen;            ///< empty: as configured
  std::string log_level;         ///< the same
  std::string collector;         ///< the same
  std::string node;              ///< the same
};

/// Declares the options; parsing fills `options`, which must live as long as `app`.
void add_options(CLI::App& app, Options& options);

/// The file's configuration with the command line laid over it. The error has one line a mistake.
base::Result<config::AgentConfig> configuration(const Options& options);

}  // namespace faastax::daemon
