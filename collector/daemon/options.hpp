// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

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

/// Declares the options; parsing fills `options`, which must live as long as `app`.
void add_options(CLI::App& app, Options& options);

/// The file's configuration with the command line laid over it. The error has one line a mistake.
base::Result<CollectorConfig> configuration(const Options& options);

}  // namespace faastax::collector
