// SPDX-License-Identifier: Apache-2.0
#include "collector/config/collector_config.hpp"

#include <gtest/gtest.h>

namespace faastax::collector {
namespace {

TEST(CollectorConfig, TheExampleHasTheDefaults) {
  const auto config = load_collector_config(FAASTAX_EXAMPLE_CONFIG);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(*config, CollectorConfig{});
}

TEST(CollectorConfig, EveryKeyIsRead) {
  const auto config = parse_collector_config(
      "listen: 0.0.0.0:1\nlisten_http: '[::1]:2'\nstore: postgres://u@h/d\nlog_level: debug\ninsecure: true\n"
      "tls: {certificate: c.pem, key: /k.pem, client_ca: ca.pem}\nevents: {token_file: t, max_body: 2KiB}\n"
      "limits: {streams: 7, waiting: 2MiB}\n"
      "retention: {raw_days: 1, minutes_days: 2, hours_days: 3, days_days: 0}\n",
      "/etc/faastax/collector.yaml");
  ASSERT_TRUE(config) << config.error();
  const CollectorConfig expected{
      .listen = {"0.0.0.0", 1},
      .listen_http = {"::1", 2},
      .store = "postgres://u@h/d",
      .log_level = "debug",
      .insecure = true,
      .tls = {"/etc/faastax/c.pem", "/k.pem", "/etc/faastax/ca.pem"},
      .events_token = "/etc/faastax/t",
      .max_event_body_bytes = 2048,
      .max_streams = 7,
      .max_waiting_bytes = 2 << 20,
      .retention = {.raw_days = 1, .minutes_days = 2, .hours_days = 3, .days_days = 0}};
  EXPECT_EQ(*config, expected);
}

TEST(CollectorConfig, RefusesWhatCannotBe) {
  for (const auto* yaml : {"listen: here", "store:", "insecure: 1", "tls: 3", "tls: {cert: x}",
                           "events: {max_body: 1}", "limits: {streams: 0}", "limits: {waiting: 1KiB}",
                           "retention: {raw_days: 30d}", "listne: 127.0.0.1:1"}) {
    const auto config = parse_collector_config(yaml, "c.yaml");
    ASSERT_FALSE(config) << yaml;
    EXPECT_TRUE(config.error().starts_with("c.yaml:")) << config.error();
  }
}

TEST(CollectorConfig, AFileThatCannotBeReadIsAnError) {
  EXPECT_EQ(load_collector_config("/no/such.yaml").error(),
            "cannot read /no/such.yaml: No such file or directory");
}

}  // namespace
}  // namespace faastax::collector
