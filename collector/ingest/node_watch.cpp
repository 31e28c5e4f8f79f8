// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/node_watch.hpp"

#include <cstdlib>
#include <utility>

namespace faastax::collector {
namespace {

// Clocks that are disciplined slew; a step is at least 128 ms (ntpd) and mostly seconds.
constexpr std::int64_t kJumpNs = 1'000'000'000;

}  // namespace

NodeWatch::Node* NodeWatch::of(std::string_view name) {
  if (const auto known = nodes_.find(name); known != nodes_.end()) return &known->second;
  if (nodes_.size() >= most_nodes_) return nullptr;
  return &nodes_[std::string(name)];
}

void NodeWatch::record(std::string_view node, std::string_view boot, std::int64_t time_ns) {
  Node* known = of(node);
  if (known == nullptr || known->boot == boot) return;
  if (known->before == boot) {
    if (known->shared || time_ns <= known->since_ns) return;
    known->shared = true;
    ++noticed_.shared_names;
    shared_name_ = node;
    return;
  }
  known->before = std::exchange(known->boot, std::string(boot));
  known->since_ns = time_ns;
  known->shared = false;
}

void NodeWatch::ledger(std::string_view node, std::string_view agent, std::uint64_t sequence,
                       std::int64_t start_ns, std::int64_t end_ns) {
  Node* known = of(node);
  if (known == nullptr) return;
  if (known->agent == agent && sequence == known->sequence + 1 &&
      std::llabs(start_ns - known->end_ns) > kJumpNs) {
    ++noticed_.clock_jumps;
  }
  if (known->agent == agent && sequence <= known->sequence) return;  // sent again
  known->agent = agent;
  known->sequence = sequence;
  known->end_ns = end_ns;
}

}  // namespace faastax::collector
