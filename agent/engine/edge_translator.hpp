// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/bpf/probe.hpp"
#include "agent/engine/memory_sum.hpp"
#include "agent/engine/namer.hpp"
#include "agent/host/cgroup_layout.hpp"
#include "agent/host/live_sandboxes.hpp"
#include "agent/host/roots.hpp"
#include "agent/rules/rules.hpp"
#include "ledger/input.hpp"

namespace faastax::engine {

/// A live sandbox's cgroup, as far as user space must know it.
struct SandboxCgroup {
  std::uint32_t entry = 0;
  std::string sandbox;
  std::string memory_path;  ///< empty until a member was asked
  MemorySum memory{};
  ledger::Nanoseconds memory_read = 0;
  bool started_here = false;
  std::int32_t open_requests = 0;   ///< as the ledger was last told
  std::uint32_t peak_requests = 0;  ///< the same
};

/// Turns edges into the ledger's inputs, and answers those that need one: it says what a new cgroup is,
/// links shims and clients to the sandbox they name, and gives back entries of cgroups that are gone.
class EdgeTranslator {
 public:
  using Sink = std::function<void(const ledger::Input&)>;

  /// All must outlive it.
  EdgeTranslator(const rules::Rules& rules, const host::CgroupLayout& layout, bpf::Probe& probe, Sink sink);

  void translate(const fx_edge& edge);

  /// A sandbox that was there before us.
  void adopt(const host::LiveSandbox& sandbox, ledger::Nanoseconds now);

  /// No task books in this account any more: it moved away, or its exit was not seen.
  void ended(ledger::AccountKey account) { namer_.ended(account); }

  /// Takes in removals whose edges found the ring full.
  void sweep(ledger::Nanoseconds now);

  /// Passes on how many requests each sandbox has open, where that has changed.
  void tell_requests(ledger::Nanoseconds now);

  /// Gives entries back that no live account uses any more. `uses_entry` tells.
  void release(const std::function<bool(std::uint32_t)>& uses_entry);

  std::unordered_map<ledger::CgroupId, SandboxCgroup>& cgroups() { return cgroups_; }
  std::size_t live_started() const;

 private:
  void on_account(const fx_edge_account& edge);
  void on_exec(const fx_edge_exec& edge);
  void on_cgroup(const fx_edge_cgroup& edge);
  void on_made(const fx_edge_cgroup& edge, ledger::CgroupChanged& input);
  void on_removed(const fx_edge_cgroup& edge);
  void tell_requests(ledger::CgroupId id, SandboxCgroup& cgroup, ledger::Nanoseconds now);
  std::optional<rules::CgroupIdentity> identity_of(const std::string& path) const;
  void identify(const fx_edge_cgroup& edge, const std::string& path);
  void link_workers(const std::string& sandbox, std::uint32_t entry, ledger::Nanoseconds time);
  void adopt_lines(std::uint32_t entry);
  void tell_last_memory(const fx_edge_cgroup& edge);
  void adopt_memory(fx_cgroup& cgroup, const host::LiveSandbox& sandbox) const;
  void link(ledger::AccountKey account, std::uint32_t entry);

  const rules::Rules& rules_;
  const host::CgroupLayout& layout_;
  bpf::Probe& probe_;
  Sink sink_;
  Namer namer_;
  std::unordered_map<ledger::CgroupId, SandboxCgroup> cgroups_;
  std::map<std::string, std::uint32_t> entries_;  ///< of live sandboxes, by name
  std::set<std::uint32_t> dying_;                 ///< entries whose cgroup is gone
};

}  // namespace faastax::engine
