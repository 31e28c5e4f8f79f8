// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
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

/// Parses the program's command line. Without options it is to end with that status: it has said what is
/// wrong, or what it was asked for.
std::expected<Options, int> parse_options(int argc, const char* const* argv, const char* version);

/// The file's configuration with the command line laid over it. The error has one line a mistake.
base::Result<config::AgentConfig> configuration(const Options& options);

}  // namespace faastax::daemon
