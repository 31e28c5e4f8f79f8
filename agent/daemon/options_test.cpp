// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/options.hpp"

#include <gtest/gtest.h>
#include <CLI/Error.hpp>

#include <algorithm>
#include <fstream>

namespace faastax::daemon {
namespace {

Options parse(std::vector<std::string> arguments) {
  CLI::App app;
  Options options;
  add_options(app, options);
  std::ranges::reverse(arguments);  // as CLI11 takes a vector
  app.parse(std::move(arguments));
  return options;
}

TEST(AgentOptions, NoneAreTheDefaults) { EXPECT_EQ(configuration(parse({})).value(), config::AgentConfig{}); }

TEST(AgentOptions, TheCommandLineGoesBeforeTheFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "faastax-agent-options.yaml";
  std::ofstream(path) << "listen: 127.0.0.1:1\nlog_level: debug\nmemory_period: 2s\n";
  const auto config = configuration(parse({"--config", path, "--listen", "[::1]:2", "--log-level", "error"}));
  std::filesystem::remove(path);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->listen, (http::Endpoint{"::1", 2}));
  EXPECT_EQ(config->log_level, "error");
  EXPECT_EQ(config->memory_period, std::chrono::seconds(2));
}

TEST(AgentOptions, TheFileMayHaveTheCertificatesAndTheCommandLineTheAddress) {
  const auto path = std::filesystem::path(testing::TempDir()) / "faastax-agent-tls.yaml";
  std::ofstream(path) << "collector: {ca: /ca.pem, certificate: /c.pem, key: /k.pem}\n";
  const auto config = configuration(parse({"--config", path, "--collector", "c:1"}));
  const auto without = configuration(parse({"--config", path}));
  std::filesystem::remove(path);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->collector.target, "c:1");
  EXPECT_EQ(config->collector.authority, "/ca.pem");
  EXPECT_NE(without.error().find("there is no address"), std::string::npos);
}

TEST(AgentOptions, AMissingFileIsNamed) {
  const auto config = configuration(parse({"--config", "/no/such/agent.yaml"}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().find("/no/such/agent.yaml"), std::string::npos);
}

TEST(AgentOptions, WhatIsNoAddressOrLevelIsWrongUsage) {
  EXPECT_THROW(parse({"--listen", "localhost"}), CLI::ValidationError);
  EXPECT_THROW(parse({"--log-level", "loud"}), CLI::ValidationError);
  EXPECT_THROW(parse({"--no-such-option"}), CLI::ExtrasError);
}

}  // namespace
}  // namespace faastax::daemon
