// SPDX-License-Identifier: Apache-2.0
#include "collector/config/collector_schema.hpp"

#include "agent/config/setters.hpp"

namespace faastax::collector {
namespace {

using config::count;
using config::endpoint;
using config::path;
using config::Schema;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint32_t kMostDays = 36'500;

config::Setter text(std::string& field) {
  return [&field](const std::string& value) -> std::optional<std::string> {
    field = value;
    return std::nullopt;
  };
}

}  // namespace

Schema collector_schema(CollectorConfig& config) {
  const Schema tls{{{"certificate", path(config.tls.certificate)},
                    {"key", path(config.tls.key)},
                    {"client_ca", path(config.tls.client_ca)}}};
  const Schema events{{{"token_file", path(config.events_token)},
                       {"max_body", config::bytes(config.max_event_body_bytes, 1024, 64 * kMiB)}}};
  const Schema limits{{{"streams", count(config.max_streams, 1, 1'000'000)},
                       {"waiting", config::bytes(config.max_waiting_bytes, kMiB, 16'384 * kMiB)}}};
  auto& kept = config.retention;
  const Schema retention{{{"raw_days", count(kept.raw_days, 0, kMostDays)},
                          {"minutes_days", count(kept.minutes_days, 0, kMostDays)},
                          {"hours_days", count(kept.hours_days, 0, kMostDays)},
                          {"days_days", count(kept.days_days, 0, kMostDays)}}};
  return {{{"listen", endpoint(config.listen)},
           {"listen_http", endpoint(config.listen_http)},
           {"store", text(config.store)},
           {"log_level", config::log_level(config.log_level)},
           {"insecure", config::flag(config.insecure)},
           {"tls", tls},
           {"events", events},
           {"limits", limits},
           {"retention", retention}}};
}

}  // namespace faastax::collector
