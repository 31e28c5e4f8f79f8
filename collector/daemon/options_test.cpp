// SPDX-License-Identifier: Apache-2.0
#include "collector/daemon/options.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/base/testing_folder.hpp"
#include "agent/base/testing_words.hpp"

namespace faastax::collector {
namespace {

constexpr int kUsage = 2;

std::expected<Options, int> outcome(const std::vector<std::string>& arguments) {
  return base::parse_words(parse_options, "faastax-collector", arguments);
}

Options parse(const std::vector<std::string>& arguments) { return outcome(arguments).value(); }

int status_of(const std::vector<std::string>& arguments) {
  const auto options = outcome(arguments);
  return options ? 0 : options.error();
}

TEST(CollectorOptions, NoneAreTheDefaults) { EXPECT_EQ(configuration(parse({})).value(), CollectorConfig{}); }

TEST(CollectorOptions, TheCommandLineGoesBeforeTheFile) {
  const base::TemporaryFolder folder;
  const auto path = folder.path() / "options.yaml";
  std::ofstream(path) << "listen: 127.0.0.1:1\nstore: /file.db\nlog_level: debug\ntls: {client_ca: ca}\n";
  const auto config = configuration(parse({"--config", path, "--listen-http", "[::1]:2", "--store",
                                           "/mine.db", "--tls-key", "/k", "--insecure"}));
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
  EXPECT_EQ(status_of({"--listen", "localhost"}), kUsage);
  EXPECT_EQ(status_of({"--log-level", "loud"}), kUsage);
  EXPECT_EQ(status_of({"--no-such-option"}), kUsage);
}

}  // namespace
}  // namespace faastax::collector
