// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/edge_translator.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "agent/engine/clock.hpp"
#include "agent/engine/decode.hpp"
#include "bpf/lib/memory_integral.h"

namespace faastax::engine {
namespace {

template <typename Edge>
const Edge& as(const fx_edge& edge) {
  return reinterpret_cast<const Edge&>(edge);  // NOLINT: the kind says which it is
}

std::string leaf_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::uint32_t initial_flags(ledger::Phase phase) {
  std::uint32_t flags = FX_CGROUP_SANDBOX | FX_CGROUP_ENTERED;
  if (phase != ledger::Phase::kBeforeExec) flags |= FX_CGROUP_EXECED;
  if (phase == ledger::Phase::kIdle || phase == ledger::Phase::kBusy) flags |= FX_CGROUP_READY;
  return flags;
}

}  // namespace

EdgeTranslator::EdgeTranslator(const rules::Rules& rules, const host::CgroupLayout& layout, bpf::Probe& probe,
                               Sink sink)
    : rules_(rules), layout_(layout), probe_(probe), sink_(std::move(sink)) {}

void EdgeTranslator::translate(const fx_edge& edge) {
  switch (edge.kind) {
    case FX_EDGE_ACCOUNT:
      on_account(as<fx_edge_account>(edge));
      return;
    case FX_EDGE_EXEC:
      on_exec(as<fx_edge_exec>(edge));
      return;
    case FX_EDGE_EXIT: {
      const auto exited = decode(as<fx_edge_exit>(edge));
      namer_.ended(exited.account);
      sink_(exited);
      return;
    }
    case FX_EDGE_RENAME:
      sink_(decode(as<fx_edge_rename>(edge)));
      return;
    case FX_EDGE_CGROUP:
      on_cgroup(as<fx_edge_cgroup>(edge));
      return;
    case FX_EDGE_READY:
      sink_(decode(as<fx_edge_ready>(edge)));
      return;
    case FX_EDGE_STOP:
      sink_(decode(as<fx_edge_stop>(edge)));
      return;
    case FX_EDGE_REQUEST:
      sink_(decode(as<fx_edge_request>(edge)));
      return;
    case FX_EDGE_OOM:
      sink_(decode(as<fx_edge_oom>(edge)));
      return;
    default:
      return;
  }
}

void EdgeTranslator::on_account(const fx_edge_account& edge) {
  const bool work = (edge.flags & FX_ACCOUNT_WORK) != 0;
  sink_(decode(edge, work ? probe_.symbol(edge.work_function) : std::string()));
}

void EdgeTranslator::on_exec(const fx_edge_exec& edge) {
  const ledger::Executed input = decode(edge);
  sink_(input);
  if (input.program == ledger::Program::kClient) {
    std::vector<std::uint64_t> hashes(edge.tokens,
                                      edge.tokens + std::min<std::uint32_t>(edge.token_count, FX_TOKENS));
    if (const auto sandbox = namer_.client(input.account, std::move(hashes))) {
      sink_(ledger::ClientNamed{input.time, input.account, *sandbox});
    }
    return;
  }
  const bool names = input.program == ledger::Program::kRuntime || input.program == ledger::Program::kShim;
  if (!names || input.sandbox.empty()) return;
  namer_.named(input.account, input.sandbox);
  if (const auto entry = entries_.find(input.sandbox); entry != entries_.end())
    link(input.account, entry->second);
  for (const ledger::AccountKey client : namer_.appeared(input.sandbox, false)) {
    sink_(ledger::ClientNamed{input.time, client, input.sandbox});
  }
}

void EdgeTranslator::on_cgroup(const fx_edge_cgroup& edge) {
  ledger::CgroupChanged input = decode(edge, false);
  if (edge.change == FX_CGROUP_MADE) {
    on_made(edge, input);
    return;
  }
  if (edge.change == FX_CGROUP_ENTER) {
    const auto cgroup = cgroups_.find(edge.cgroup_id);
    if (cgroup != cgroups_.end()) cgroup->second.started_here = true;
  }
  if (edge.change == FX_CGROUP_REMOVED) {
    const auto cgroup = cgroups_.find(edge.cgroup_id);
    if (cgroup != cgroups_.end()) tell_requests(edge.cgroup_id, cgroup->second, input.time);
    tell_last_memory(edge);
  }
  sink_(input);
  if (const auto spawned = decode_spawned(edge)) sink_(*spawned);
  if (edge.change == FX_CGROUP_REMOVED) on_removed(edge);
}

void EdgeTranslator::on_made(const fx_edge_cgroup& edge, ledger::CgroupChanged& input) {
  const auto cgroups = probe_.cgroups();
  input.part_of_parent = edge.entry < cgroups.size() && cgroups[edge.entry].id != edge.cgroup_id;
  const bool by_rule = !input.part_of_parent && rules_.identify(input.path).has_value();
  if (by_rule && !input.sandbox) {
    std::atomic_ref(cgroups[edge.entry].flags).fetch_or(FX_CGROUP_SANDBOX);
    adopt_lines(edge.entry);
    input.sandbox = true;
  }
  sink_(input);
  if (!input.part_of_parent && input.sandbox) identify(edge, input.path);
}

/// What a container's path says; of one in a lab's pod what the pod's does, whose cgroup nobody enters
/// itself.
std::optional<rules::CgroupIdentity> EdgeTranslator::identity_of(const std::string& path) const {
  if (auto own = rules_.identify(path)) return own;
  auto pod = rules_.sandbox_of(path);
  if (!pod) return std::nullopt;
  return std::move(pod->identity);
}

void EdgeTranslator::identify(const fx_edge_cgroup& edge, const std::string& path) {
  const auto identity = identity_of(path);
  const ledger::AccountKey maker = account_key(edge.account, edge.serial);
  const bool is_part = identity && !rules_.identify(path);
  std::string sandbox = identity && !is_part ? identity->sandbox : namer_.sandbox_of(maker);
  if (sandbox.empty()) sandbox = leaf_of(path);
  cgroups_[edge.cgroup_id] = {.entry = edge.entry, .sandbox = sandbox, .memory_path = {}};
  entries_[sandbox] = edge.entry;
  ledger::Identified answer{
      .time = edge.edge.time_ns, .cgroup = edge.cgroup_id, .sandbox = {}, .space = {}, .function = {}};
  if (identity) {
    answer.sandbox = identity->sandbox;
    answer.space = identity->space;
    answer.function = identity->function;
    answer.track = identity->track;
    answer.requests_hidden = identity->hides_requests;
  }
  sink_(answer);
  link_workers(sandbox, edge.entry, edge.edge.time_ns);
}

void EdgeTranslator::link_workers(const std::string& sandbox, std::uint32_t entry, ledger::Nanoseconds time) {
  for (const ledger::AccountKey client : namer_.appeared(sandbox, true))
    sink_(ledger::ClientNamed{time, client, sandbox});
  for (const ledger::AccountKey account : namer_.workers_of(sandbox)) link(account, entry);
}

void EdgeTranslator::link(ledger::AccountKey account, std::uint32_t entry) {
  fx_account& line = probe_.accounts()[static_cast<std::uint32_t>(account)];
  if (std::atomic_ref(line.serial).load() != account >> 32) return;
  std::atomic_ref(line.phase_cgroup).store(entry);
  std::atomic_ref(line.flags).fetch_or(FX_ACCOUNT_LINKED);
}

void EdgeTranslator::sweep(ledger::Nanoseconds now) {
  const auto cgroups = probe_.cgroups();
  for (std::uint32_t entry = 1; entry < cgroups.size(); ++entry) {
    // Handed out from the lowest: the first that was never used ends the table.
    if (std::atomic_ref(cgroups[entry].serial).load() == 0) return;
    const std::uint32_t flags = std::atomic_ref(cgroups[entry].flags).load();
    if ((flags & FX_CGROUP_GONE) == 0) continue;
    fx_edge_cgroup edge{};
    edge.edge.kind = FX_EDGE_CGROUP;
    edge.edge.time_ns = now;
    edge.cgroup_id = cgroups[entry].id;
    edge.change = FX_CGROUP_REMOVED;
    edge.entry = entry;
    edge.flags = flags;
    translate(edge.edge);
  }
}

void EdgeTranslator::tell_requests(ledger::Nanoseconds now) {
  for (auto& [id, cgroup] : cgroups_) tell_requests(id, cgroup, now);
}

void EdgeTranslator::tell_requests(ledger::CgroupId id, SandboxCgroup& cgroup, ledger::Nanoseconds now) {
  fx_cgroup& entry = probe_.cgroups()[cgroup.entry];
  const std::int32_t open = std::max(std::atomic_ref(entry.in_flight).load(), 0);
  const std::uint32_t peak = std::atomic_ref(entry.peak_in_flight).load();
  if (open == cgroup.open_requests && peak == cgroup.peak_requests) return;
  cgroup.open_requests = open;
  cgroup.peak_requests = peak;
  sink_(ledger::RequestsOpen{now, id, static_cast<std::uint32_t>(open), peak});
}

void EdgeTranslator::on_removed(const fx_edge_cgroup& edge) {
  probe_.forget_cgroup(edge.cgroup_id);
  const auto cgroups = probe_.cgroups();
  if (edge.entry != 0 && edge.entry < cgroups.size() && cgroups[edge.entry].id == edge.cgroup_id) {
    std::atomic_ref(cgroups[edge.entry].flags).fetch_and(~static_cast<std::uint32_t>(FX_CGROUP_GONE));
    dying_.insert(edge.entry);
  }
  const auto cgroup = cgroups_.find(edge.cgroup_id);
  if (cgroup == cgroups_.end()) return;
  const std::string sandbox = cgroup->second.sandbox;
  namer_.gone(sandbox);
  const auto entry = entries_.find(sandbox);
  if (entry != entries_.end() && entry->second == cgroup->second.entry) entries_.erase(entry);
  cgroups_.erase(cgroup);
}

/// Accounts that were opened before their cgroup was known to be a sandbox.
void EdgeTranslator::adopt_lines(std::uint32_t entry) {
  for (fx_account& line : probe_.accounts().subspan(1)) {
    if (std::atomic_ref(line.serial).load() == 0) break;
    if (line.tasks <= 0 || probe_.find_cgroup(line.cgroup_id) != entry) continue;
    std::atomic_ref(line.phase_cgroup).store(entry);
  }
}

void EdgeTranslator::adopt(const host::LiveSandbox& sandbox, ledger::Nanoseconds now) {
  if (probe_.find_cgroup(sandbox.cgroup.id) != 0) return;  // made after we attached: its edges say all
  const std::uint32_t entry = probe_.take_cgroup(sandbox.cgroup.id);
  if (entry == 0) return;
  for (const host::CgroupEntry& part : sandbox.parts) probe_.share_cgroup(part.id, entry);
  fx_cgroup& cgroup = probe_.cgroups()[entry];
  cgroup.main_tgid = static_cast<std::uint32_t>(sandbox.main_pid);
  adopt_memory(cgroup, sandbox);
  std::atomic_ref(cgroup.flags).store(initial_flags(sandbox.phase));
  if (!host::cgroup_id(layout_, sandbox.cgroup.path)) {  // it went while we looked: no edge will tell
    probe_.forget_cgroup(sandbox.cgroup.id);
    probe_.free_cgroup(entry);
    return;
  }
  adopt_lines(entry);
  cgroups_[sandbox.cgroup.id] = {
      .entry = entry, .sandbox = sandbox.identity.sandbox, .memory_path = sandbox.memory_path};
  entries_[sandbox.identity.sandbox] = entry;
  namer_.appeared(sandbox.identity.sandbox, true);
  const std::string function =
      sandbox.identity.function.empty() ? sandbox.identity.sandbox : sandbox.identity.function;
  sink_(ledger::Identified{.time = now,
                           .cgroup = sandbox.cgroup.id,
                           .sandbox = sandbox.identity.sandbox,
                           .space = sandbox.identity.space,
                           .function = function,
                           .track = sandbox.identity.track,
                           .live = true,
                           .phase = sandbox.phase,
                           .requests_hidden = sandbox.hides_requests});
  for (const host::CgroupEntry& part : sandbox.parts) {
    sink_(ledger::CgroupChanged{
        .time = now, .cgroup = part.id, .parent = sandbox.cgroup.id, .part_of_parent = true, .path = {}});
  }
}

/// What the kernel's side has closed: no one brings it forward any more.
void EdgeTranslator::tell_last_memory(const fx_edge_cgroup& edge) {
  if (edge.entry == 0 || edge.entry >= probe_.cgroups().size()) return;
  const fx_cgroup& cgroup = probe_.cgroups()[edge.entry];
  if (cgroup.id != edge.cgroup_id || cgroup.memory_since_ns == 0) return;
  MemorySum unread;  // of a sandbox whose making found the ring full
  const auto sandbox = cgroups_.find(edge.cgroup_id);
  MemorySum& sum = sandbox == cgroups_.end() ? unread : sandbox->second.memory;
  sink_(decode(cgroup, sum, page_size(), edge.edge.time_ns));
}

/// The kernel's side takes over at the first sample of a task in it.
void EdgeTranslator::adopt_memory(fx_cgroup& cgroup, const host::LiveSandbox& sandbox) const {
  const std::string& path = sandbox.memory_path;
  const auto id = path.empty() ? std::nullopt : host::memory_cgroup_id(layout_, path);
  const auto bytes = id ? host::memory_bytes(layout_, path) : std::nullopt;
  if (!bytes || leaf_of(path) != leaf_of(sandbox.cgroup.path)) {  // it has none of its own
    cgroup.memory_since_ns = FX_MEMORY_NEVER;
    return;
  }
  cgroup.memory_id = *id;
  cgroup.memory_limit_pages =
      static_cast<std::uint32_t>(host::memory_limit(layout_, path).value_or(0) / page_size());
  fx_memory_take(&cgroup, *bytes / page_size(), 0, monotonic_now(), 0);
}

void EdgeTranslator::release(const std::function<bool(std::uint32_t)>& uses_entry) {
  std::erase_if(dying_, [&](std::uint32_t entry) {
    if (uses_entry(entry)) return false;
    probe_.free_cgroup(entry);
    return true;
  });
}

std::size_t EdgeTranslator::live_started() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(cgroups_, [](const auto& cgroup) { return cgroup.second.started_here; }));
}

}  // namespace faastax::engine
