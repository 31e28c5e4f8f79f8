// SPDX-License-Identifier: Apache-2.0
#include "agent/config/agent_config.hpp"

#include <gtest/gtest.h>

#include "agent/config/quantity.hpp"

namespace faastax::config {
namespace {

using std::chrono::milliseconds;

std::string error_of(std::string_view yaml) {
  const auto config = parse_config(yaml, "agent.yaml");
  return config ? "" : config.error();
}

TEST(AgentConfig, TheExampleHasTheDefaults) {
  const auto config = load_config(FAASTAX_EXAMPLE_CONFIG);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(*config, AgentConfig{});
}

TEST(AgentConfig, EveryKeyIsRead) {
  const auto config = parse_config(
      "listen: '[::1]:80'\nrules: /r.yaml\nlog_level: debug\nsnapshot_period: 250ms\nmemory_period: "
      "5s\n"
      "interrupts: true\n"
      "proc_root: /host/proc\nsys_root: /host/sys\nbpf: {ring_size: 1MiB, accounts: 2048, cgroups: 4096, "
      "work_functions: 64}\n"
      "metrics: {functions: 10, components: 20}\nnode: n1\n"
      "collector: {address: 'c:1', ca: /ca.pem, certificate: c.pem, key: /k.pem, period: 5s, "
      "instance_period: "
      "1m}\n"
      "spool: {folder: /spool, size: 1MiB}\n",
      "agent.yaml");
  ASSERT_TRUE(config) << config.error();
  const AgentConfig expected{.listen = {"::1", 80},
                             .rules = "/r.yaml",
                             .log_level = "debug",
                             .snapshot_period = milliseconds(250),
                             .memory_period = milliseconds(5000),
                             .interrupts = true,
                             .proc_root = "/host/proc",
                             .sys_root = "/host/sys",
                             .ring_bytes = 1 << 20,
                             .max_accounts = 2048,
                             .max_cgroups = 4096,
                             .max_work_functions = 64,
                             .max_functions = 10,
                             .max_components = 20,
                             .node = "n1",
                             .collector = {"c:1", "/ca.pem", "c.pem", "/k.pem"},
                             .ledger_period = milliseconds(5000),
                             .instance_period = milliseconds(60'000),
                             .spool_folder = "/spool",
                             .spool_bytes = 1 << 20};
  EXPECT_EQ(*config, expected);
}

TEST(AgentConfig, EmptyIsAllDefaults) {
  EXPECT_EQ(parse_config("", "f").value(), AgentConfig{});
  EXPECT_EQ(parse_config("# nothing\nbpf:\n", "f").value(), AgentConfig{});
}

TEST(AgentConfig, ARelativePathStartsAtTheFile) {
  EXPECT_EQ(parse_config("rules: r.yaml", "/etc/faastax/agent.yaml")->rules, "/etc/faastax/r.yaml");
  EXPECT_EQ(parse_config("rules: r.yaml", "agent.yaml")->rules, "r.yaml");
}

TEST(AgentConfig, AnUnknownKeyIsNamedWithItsLine) {
  EXPECT_EQ(error_of("listen: 127.0.0.1:0\nlissten: x\n"),
            "agent.yaml:2: unknown key 'lissten'; known here: bpf, collector, interrupts, listen, "
            "log_level, memory_period, metrics, node, proc_root, rules, snapshot_period, spool, sys_root");
  EXPECT_EQ(error_of("bpf:\n  ring_size: 8MiB\n  ring: 1\n"),
            "agent.yaml:3: unknown key 'ring'; known here: accounts, cgroups, ring_size, work_functions");
}

TEST(AgentConfig, AllMistakesAtOnce) {
  EXPECT_EQ(error_of("snapshot_period: 5\nlog_level: loud\nmetrics: {functions: 0}\n"),
            "agent.yaml:1: 'snapshot_period': '5' is no duration like 250ms, 15s, 5m or 1h\n"
            "agent.yaml:2: 'log_level': 'loud' is none of trace, debug, info, warn, error, off\n"
            "agent.yaml:3: 'functions': must be from 1 to 100000");
}

TEST(AgentConfig, ControlCharactersGetIntoNoNameAndNoMessage) {
  EXPECT_EQ(error_of("node: \"a\\nb\""), "agent.yaml:1: 'node' has control characters");
  EXPECT_TRUE(error_of("\"a\\x1b\\nb\": 1").starts_with("agent.yaml:1: unknown key 'a??b'"));
  EXPECT_EQ(error_of("node: \"\\\x01\""), "agent.yaml:1: unknown escape character: ?");
}

TEST(AgentConfig, RefusesWhatCannotBe) {
  for (const auto* yaml : {"listen: here",
                           "listen: [1, 2]",
                           "listen:",
                           "snapshot_period: 1ms",
                           "memory_period: 2m",
                           "interrupts: 1",
                           "bpf: {ring_size: 3MiB}",
                           "bpf: {ring_size: 2KiB}",
                           "bpf: {ring_size: 4GiB}",
                           "collector: {address: here}",
                           "collector: {insecure: true}",
                           "spool: {size: 1}",
                           "spool: {size: 9GiB}",
                           "spool: {folder: x}",
                           "collector: {address: 'c:1', key: k}",
                           "bpf: 3",
                           "proc_root: proc",
                           "metrics: {functions: -1}",
                           "- a",
                           "text",
                           "{",
                           "a: b: c",
                           "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2",
                           "? [a]\n: b"}) {
    EXPECT_TRUE(error_of(yaml).starts_with("agent.yaml:")) << yaml << " -> " << error_of(yaml);
  }
}

TEST(AgentConfig, AFileThatCannotBeReadIsAnError) {
  EXPECT_EQ(load_config("/no/such/agent.yaml").error(),
            "cannot read /no/such/agent.yaml: No such file or directory");
  EXPECT_EQ(load_config("/").error(), "cannot read /: it is a folder");
}

TEST(Quantity, HasAUnit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("2h"), milliseconds(7'200'000));
  EXPECT_EQ(parse_bytes("64KiB"), 65536U);
  EXPECT_EQ(parse_bytes("17"), 17U);
  for (const auto* wrong :
       {"", "s", "-1s", "1.5s", "1 s", "1d", "99999999999999999999s", "9223372036854775807h"}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
  EXPECT_FALSE(parse_bytes("8MB"));
  EXPECT_FALSE(parse_count("1k"));
}

TEST(Quantity, IsWrittenInItsLargestUnit) {
  EXPECT_EQ(to_string(milliseconds(60'000)), "1m");
  EXPECT_EQ(to_string(milliseconds(1500)), "1500ms");
  EXPECT_EQ(to_string(milliseconds(0)), "0s");
}

}  // namespace
}  // namespace faastax::config
