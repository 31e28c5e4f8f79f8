// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/http/endpoint.hpp"
#include "agent/sender/collector_address.hpp"

namespace faastax::config {

/// What the agent can be told. examples/agent.yaml explains every key and has the defaults.
struct AgentConfig {
  http::Endpoint listen = {};
  std::filesystem::path rules = {};  ///< empty: the built-in ones alone
  std::string log_level = "info";    ///< trace, debug, info, warn, error or off: spdlog's names
  std::chrono::milliseconds snapshot_period = std::chrono::seconds(1);
  std::chrono::milliseconds memory_period = std::chrono::seconds(1);
  bool interrupts = false;  ///< softirqs and hard interrupts as components of their own
  std::filesystem::path proc_root = "/proc";
  std::filesystem::path sys_root = "/sys";

  std::uint32_t ring_bytes = 8U << 20;  ///< a power of two, at least a page
  std::uint32_t max_accounts = 32768;
  std::uint32_t max_cgroups = 16384;
  std::uint32_t max_work_functions = 2048;  ///< of kernel workers

  std::uint32_t max_functions = 1000;  ///< exposed at a time
  std::uint32_t max_components = 256;

  std::string node = {};  ///< its name in records; empty: the host's
  sender::CollectorAddress collector = {};
  std::chrono::milliseconds ledger_period = std::chrono::seconds(10);    ///< of records of the node
  std::chrono::milliseconds instance_period = std::chrono::seconds(30);  ///< of records of what lives
  std::filesystem::path spool_folder = "/var/lib/faastax/spool";
  std::uint64_t spool_bytes = 256U << 20;

  bool operator==(const AgentConfig&) const = default;
};

/// Reads YAML. The error has one line a mistake, all of them at once, each "FILE:LINE: what and what to
/// do"; an unknown or repeated key is a mistake. A relative path of the rules starts at the folder of
/// `file_name`. `collector_target` goes before the file's, which may then have none.
std::expected<AgentConfig, std::string> parse_config(std::string_view yaml, const std::string& file_name,
                                                     const std::string& collector_target = {});

std::expected<AgentConfig, std::string> load_config(const std::filesystem::path& path,
                                                    const std::string& collector_target = {});

}  // namespace faastax::config
