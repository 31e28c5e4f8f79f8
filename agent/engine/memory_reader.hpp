// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "agent/bpf/probe.hpp"
#include "agent/engine/edge_translator.hpp"
#include "agent/host/cgroup_layout.hpp"
#include "agent/host/roots.hpp"
#include "agent/rules/rules.hpp"
#include "ledger/input.hpp"

namespace faastax::engine {

/// Reads what instances and the platform hold in memory. The kernel's side samples a sandbox while its
/// tasks run; what is charged by others, or frees itself while it sleeps, is found here.
class MemoryReader {
 public:
  using Sink = std::function<void(const ledger::Input&)>;
  using Sandboxes = std::unordered_map<ledger::CgroupId, SandboxCgroup>;

  /// All must outlive it.
  MemoryReader(const rules::Rules& rules, const host::CgroupLayout& layout, const host::Roots& roots,
               const bpf::Probe& probe, Sink sink);

  /// Takes note of the sandboxes whose accounts have grown.
  void note_runs(const ledger::CellsRead& cells);

  /// Whether one is not gone. Before its first task: that may do all it does in less than a period.
  bool any_lives(const Sandboxes& sandboxes) const;

  /// Brings the integral of every live sandbox to this moment and passes it on. What it is charged with is
  /// read for those that ran since the last time, and every `still_period` for the others: who sleeps is
  /// seldom charged with anything new.
  void read_sandboxes(Sandboxes& sandboxes, ledger::Nanoseconds still_period);

  /// Resident memory of the platform's processes, and cgroups that are dying: every second, later where
  /// many processes make it slow, and whenever it is `due`.
  void read_platform(ledger::Nanoseconds now, bool due);

 private:
  void sample(SandboxCgroup& sandbox, fx_cgroup& entry) const;
  std::uint64_t component_bytes() const;

  const rules::Rules& rules_;
  const host::CgroupLayout& layout_;
  const host::Roots& roots_;
  const bpf::Probe& probe_;
  Sink sink_;
  std::unordered_set<std::uint32_t> ran_;  ///< entries
  ledger::Nanoseconds next_platform_ = 0;
};

}  // namespace faastax::engine
