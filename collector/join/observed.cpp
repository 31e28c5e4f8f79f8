// SPDX-License-Identifier: Apache-2.0
#include "collector/join/observed.hpp"

namespace faastax::join {

std::vector<Observed> observed_of(std::span<const ledger::InstanceReport> instances) {
  std::vector<Observed> result;
  result.reserve(instances.size());
  for (const ledger::InstanceReport& of : instances) {
    result.push_back({.uid = of.uid,
                      .sandbox = of.sandbox,
                      .node = {},
                      .space = of.space,
                      .function = of.function,
                      .track = of.track,
                      .created = std::nullopt,
                      .live_at_start = of.live_at_start,
                      .cpu_seconds = of.cpu_seconds,
                      .memory_byte_seconds = of.memory_byte_seconds,
                      .requests = of.requests.completed,
                      .counts_requests = of.kind == "server" && of.ended != "create_failed"});
  }
  return result;
}

}  // namespace faastax::join
