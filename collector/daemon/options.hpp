// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "agent/base/result.hpp"
#include "collector/config/collector_config.hpp"

namespace faastax::collector {

/// The command line. What it says goes before the file.
struct Options {
  std::filesystem::path config;  ///< empty: the defaults
  std::string listen;            ///< empty: as configured, so are the others
  std::string listen_http;
  std::string store;
  std::string log_level;
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path client_ca;
  std::filesystem::path events_token;
  bool insecure = false;
};

/// Parses the program's command line. Without options it is to end with that status: it has said what is
/// wrong, or what it was asked for.
std::expected<Options, int> parse_options(int argc, const char* const* argv, const char* version);

/// The file's configuration with the command line laid over it. The error has one line a mistake.
base::Result<CollectorConfig> configuration(const Options& options);

}  // namespace faastax::collector
