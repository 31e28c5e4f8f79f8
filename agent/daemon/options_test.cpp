// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/options.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/base/testing_folder.hpp"
#include "agent/base/testing_words.hpp"

namespace faastax::daemon {
namespace {

constexpr int kUsage = 2;

std::expected<Options, int> outcome(const std::vector<std::string>& arguments) {
  return base::parse_words(parse_options, "faastax-agent", arguments);
}

Options parse(const std::vector<std::string>& arguments) { return outcome(arguments).value(); }

int status_of(const std::vector<std::string>& arguments) {
  const auto options = outcome(arguments);
  return options ? 0 : options.error();
}

TEST(AgentOptions, NoneAreTheDefaults) { EXPECT_EQ(configuration(parse({})).value(), config::AgentConfig{}); }

TEST(AgentOptions, TheCommandLineGoesBeforeTheFile) {
  const base::TemporaryFolder folder;
  const auto path = folder.path() / "options.yaml";
  std::ofstream(path) << "listen: 127.0.0.1:1\nlog_level: debug\nmemory_period: 2s\n";
  const auto config = configuration(parse({"--config", path, "--listen", "[::1]:2", "--log-level", "error"}));
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->listen, (http::Endpoint{"::1", 2}));
  EXPECT_EQ(config->log_level, "error");
  EXPECT_EQ(config->memory_period, std::chrono::seconds(2));
}

TEST(AgentOptions, TheFileMayHaveTheCertificatesAndTheCommandLineTheAddress) {
  const base::TemporaryFolder folder;
  const auto path = folder.path() / "tls.yaml";
  std::ofstream(path) << "collector: {ca: /ca.pem, certificate: /c.pem, key: /k.pem}\n";
  const auto config = configuration(parse({"--config", path, "--collector", "c:1"}));
  const auto without = configuration(parse({"--config", path}));
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
  EXPECT_EQ(status_of({"--listen", "localhost"}), kUsage);
  EXPECT_EQ(status_of({"--log-level", "loud"}), kUsage);
  EXPECT_EQ(status_of({"--no-such-option"}), kUsage);
}

}  // namespace
}  // namespace faastax::daemon
