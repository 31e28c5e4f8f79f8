// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/http/endpoint.hpp"
#include "agent/http/tls.hpp"
#include "collector/store/store.hpp"

namespace faastax::collector {

/// What the collector can be told. examples/collector.yaml explains every key and has the defaults.
struct CollectorConfig {
  http::Endpoint listen = {"127.0.0.1", 9465};       ///< gRPC: records of agents
  http::Endpoint listen_http = {"127.0.0.1", 9466};  ///< scaling events, metrics, health
  std::string store = "sqlite:/var/lib/faastax/collector.db";
  std::string log_level = "info";  ///< as the agent's
  bool insecure = false;           ///< clear text on addresses that others can reach
  /// Of both. `client_ca` is for agents alone: who asks for metrics or health has no certificate.
  http::TlsFiles tls = {};

  std::filesystem::path events_token =
      {};  ///< file with the bearer token of events; empty: none is asked for
  std::uint64_t max_event_body_bytes = 1 << 20;

  std::uint32_t max_streams = 10'000;          ///< of agents
  std::uint64_t max_waiting_bytes = 64 << 20;  ///< of batches that wait to be stored, as they came

  store::Retention retention = {};

  bool operator==(const CollectorConfig&) const = default;
};

/// Reads YAML. The error has one line a mistake, all of them at once, each "FILE:LINE: what and what to do".
/// Relative paths of certificates and of the token start at the folder of `file_name`.
std::expected<CollectorConfig, std::string> parse_collector_config(std::string_view yaml,
                                                                   const std::string& file_name);

std::expected<CollectorConfig, std::string> load_collector_config(const std::filesystem::path& path);

}  // namespace faastax::collector
