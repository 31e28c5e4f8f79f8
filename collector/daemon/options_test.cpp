// SPDX-License-Identifier: Apache-2.0
#include "collector/daemon/options.hpp"

#include <gtest/gtest.h>
#include <CLI/Error.hpp>

#include <algorithm>
#include <fstream>

namespace faastax::collector {
namespace {

Options parse(std::vector<std::string> arguments) {
  CLI::App app;
  Options options;
  add_options(app, options);
  std::ranges::reverse(arguments);  // as CLI11 takes a vector
  app.parse(std::move(arguments));
  return options;
}

TEST(CollectorOptions, NoneAreTheDefaults) { EXPECT_EQ(configuration(parse({})).value(), CollectorConfig{}); }

TEST(CollectorOptions, TheCommandLineGoesBeforeTheFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "faastax-collector-options.yaml";
  std::ofstream(path) << "listen: 127.0.0.1:1\nstore: /file.db\nlog_level: debug\ntls: {client_ca: ca}\n";
  const auto config = configuration(parse({"--config", path, "--listen-http", "[::1]:2", "--store",
                                           "/mine.db", "--tls-key", "/k", "--insecure"}));
  std::filesystem::remove(path);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->listen, (http::Endpoint{"127.0.0.1", 1}));
  EXPECT_EQ(config->listen_http, (http::Endpoint{"::1", 2}));
  EXPECT_EQ(config->store, "/mine.db");
  EXPECT_EQ(config->log_level, "debug");
  EXPECT_EQ(config->tls.key, "/k");
  EXPECT_EQ(config->tls.client_ca, path.parent_path() / "ca");
  EXPECT_TRUE(config->insecure);
}

TEST(CollectorOptions, WhatIsNoAddressOrLevelIsWrongUsage) {
  EXPECT_THROW(parse({"--listen", "localhost"}), CLI::ValidationError);
  EXPECT_THROW(parse({"--log-level", "loud"}), CLI::ValidationError);
  EXPECT_THROW(parse({"--no-such-option"}), CLI::ExtrasError);
}

}  // namespace
}  // namespace faastax::collector
