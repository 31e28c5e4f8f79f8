// SPDX-License-Identifier: Apache-2.0
#include "agent/config/agent_schema.hpp"

#include <bit>

#include "agent/config/quantity.hpp"
#include "agent/config/setters.hpp"

namespace faastax::config {
namespace {

using std::chrono::milliseconds;

// Shorter costs more than it tells; longer, and short-lived instances would pass between two readings.
constexpr milliseconds kShortestPeriod{10};
constexpr milliseconds kLongestPeriod{60'000};

constexpr milliseconds kShortestRecordPeriod{1'000};
constexpr milliseconds kLongestRecordPeriod{3'600'000};

constexpr std::uint64_t kSmallestSpool = 16 << 10;
constexpr std::uint64_t kLargestSpool = 8ULL << 30;  // 512 open files: a process has 1024 as a rule

constexpr std::uint64_t kSmallestRing = 4 << 10;
constexpr std::uint64_t kLargestRing = 1 << 30;

/// The kernel takes a ring of 2^n pages only.
Setter ring(std::uint32_t& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    const auto parsed = parse_bytes(text);
    if (!parsed) return parsed.error();
    if (!std::has_single_bit(*parsed) || *parsed < kSmallestRing || *parsed > kLargestRing) {
      return "must be a power of two from 4KiB to 1GiB";
    }
    field = static_cast<std::uint32_t>(*parsed);
    return std::nullopt;
  };
}

Setter name(std::string& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    field = text;
    return std::nullopt;
  };
}

Setter target(std::string& field) {
  return [&field](const std::string& text) -> std::optional<std::string> {
    field = text;
    return sender::problem_of_target(text);
  };
}

}  // namespace

Schema agent_schema(AgentConfig& config) {
  const Schema bpf{{{"ring_size", ring(config.ring_bytes)},
                    {"accounts", count(config.max_accounts, 64, 1U << 20)},
                    {"cgroups", count(config.max_cgroups, 16, 1U << 20)},
                    {"work_functions", count(config.max_work_functions, 16, 1U << 16)}}};
  const Schema metrics{{{"functions", count(config.max_functions, 1, 100'000)},
                        {"components", count(config.max_components, 1, 100'000)}}};
  const Schema collector{
      {{"address", target(config.collector.target)},
       {"ca", path(config.collector.authority)},
       {"certificate", path(config.collector.certificate)},
       {"key", path(config.collector.key)},
       {"insecure", flag(config.collector.insecure)},
       {"period", period(config.ledger_period, kShortestRecordPeriod, kLongestRecordPeriod)},
       {"instance_period", period(config.instance_period, kShortestRecordPeriod, kLongestRecordPeriod)}}};
  const Schema spool{{{"folder", folder(config.spool_folder)},
                      {"size", bytes(config.spool_bytes, kSmallestSpool, kLargestSpool)}}};
  return {{{"listen", endpoint(config.listen)},
           {"rules", path(config.rules)},
           {"log_level", log_level(config.log_level)},
           {"snapshot_period", period(config.snapshot_period, kShortestPeriod, kLongestPeriod)},
           {"memory_period", period(config.memory_period, kShortestPeriod, kLongestPeriod)},
           {"interrupts", flag(config.interrupts)},
           {"proc_root", folder(config.proc_root)},
           {"sys_root", folder(config.sys_root)},
           {"bpf", bpf},
           {"metrics", metrics},
           {"node", name(config.node)},
           {"collector", collector},
           {"spool", spool}}};
}

}  // namespace faastax::config
