// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace faastax::collector {

/// Notices nodes that share a name, and clocks that jump. Neither makes a record wrong: instances are told
/// apart by the boot in their uid, ledgers by their agent. But a report by node then adds two machines up,
/// and one by time has periods twice or not at all. Pure; not for several threads.
class NodeWatch {
 public:
  /// What it has noticed since it was made.
  struct Noticed {
    std::uint64_t shared_names = 0;  ///< times that a node's name turned out to be another machine's too
    std::uint64_t clock_jumps = 0;
    bool operator==(const Noticed&) const = default;
  };

  /// More nodes than these are not watched.
  explicit NodeWatch(std::size_t most_nodes = 100'000) : most_nodes_(most_nodes) {}

  /// A record of a node, by its boot and its node's clock. Two boots of a name follow each other when a node
  /// reboots, and late records of the first may still come; a record of the first that is younger than
  /// the second boot proves two machines.
  void record(std::string_view node, std::string_view boot, std::int64_t time_ns);

  /// A ledger: periods of one agent follow each other without a gap, or the clock was set between.
  void ledger(std::string_view node, std::string_view agent, std::uint64_t sequence, std::int64_t start_ns,
              std::int64_t end_ns);

  const Noticed& noticed() const { return noticed_; }
  /// The name that was last found shared.
  const std::string& shared_name() const { return shared_name_; }

 private:
  struct Node {
    std::string boot;           ///< the latest that began
    std::int64_t since_ns = 0;  ///< its first record's time
    std::string before;         ///< the boot before it
    bool shared = false;        ///< counted for this pair of boots
    std::string agent;
    std::uint64_t sequence = 0;
    std::int64_t end_ns = 0;  ///< of the last ledger
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Node* of(std::string_view name);

  std::size_t most_nodes_;
  std::unordered_map<std::string, Node, Hash, std::equal_to<>> nodes_;
  Noticed noticed_;
  std::string shared_name_;
};

}  // namespace faastax::collector
