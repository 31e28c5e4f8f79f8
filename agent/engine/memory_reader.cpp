// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/memory_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <utility>

#include "agent/engine/clock.hpp"
#include "agent/engine/decode.hpp"
#include "agent/host/processes.hpp"
#include "bpf/lib/memory_integral.h"

namespace faastax::engine {
namespace {

constexpr ledger::Nanoseconds kPlatformPeriod = 1'000'000'000;
constexpr ledger::Nanoseconds kPlatformShare = 200;  ///< at most one part in so many of our time

/// The path of the memory cgroup `id` among those that `path` lies in: a process may be some levels below.
std::string path_of(const host::CgroupLayout& layout, std::string path, std::uint64_t id) {
  while (path.size() > 1) {
    if (host::memory_cgroup_id(layout, path) == id) return path;
    path.resize(path.rfind('/'));
  }
  return {};
}

}  // namespace

MemoryReader::MemoryReader(const rules::Rules& rules, const host::CgroupLayout& layout,
                           const host::Roots& roots, const bpf::Probe& probe, Sink sink)
    : rules_(rules), layout_(layout), roots_(roots), probe_(probe), sink_(std::move(sink)) {}

void MemoryReader::sample(SandboxCgroup& sandbox, fx_cgroup& entry) const {
  const std::uint64_t id = std::atomic_ref(entry.memory_id).load();
  const auto main_pid = static_cast<pid_t>(std::atomic_ref(entry.main_tgid).load());
  if (sandbox.memory_path.empty() && id != 0 && main_pid != 0) {
    // The paths differ by hierarchy on hybrid nodes: a member knows.
    if (const auto process = host::read_process(roots_, main_pid)) {
      sandbox.memory_path = path_of(layout_, process->memory_path, id);
    }
  }
  const auto bytes =
      sandbox.memory_path.empty() ? std::nullopt : host::memory_bytes(layout_, sandbox.memory_path);
  if (bytes) {
    fx_memory_take(&entry, *bytes / page_size(), 0, monotonic_now(), 0);
  } else {
    fx_memory_advance(&entry, monotonic_now());
  }
}

void MemoryReader::note_runs(const ledger::CellsRead& cells) {
  for (const ledger::CellsRead::Account& account : cells.accounts) {
    fx_account& line = probe_.accounts()[static_cast<std::uint32_t>(account.account)];
    const std::uint32_t entry = std::atomic_ref(line.phase_cgroup).load();
    if (entry != 0 && (std::atomic_ref(line.flags).load() & FX_ACCOUNT_LINKED) == 0) ran_.insert(entry);
  }
}

bool MemoryReader::any_lives(const Sandboxes& sandboxes) const {
  const auto entries = probe_.cgroups();
  return std::ranges::any_of(sandboxes, [&entries](const auto& one) {
    return (entries[one.second.entry].flags & FX_CGROUP_GONE) == 0;
  });
}

void MemoryReader::read_sandboxes(Sandboxes& sandboxes, ledger::Nanoseconds still_period) {
  for (auto& [id, sandbox] : sandboxes) {
    fx_cgroup& entry = probe_.cgroups()[sandbox.entry];
    if (std::atomic_ref(entry.memory_since_ns).load() == 0) continue;
    const ledger::Nanoseconds now = monotonic_now();
    if (ran_.contains(sandbox.entry) || now >= sandbox.memory_read + still_period) {
      sandbox.memory_read = now;
      sample(sandbox, entry);
    } else {
      fx_memory_advance(&entry, now);
    }
    sink_(decode(entry, sandbox.memory, page_size(), monotonic_now()));
  }
  ran_.clear();
}

void MemoryReader::read_platform(ledger::Nanoseconds now, bool due) {
  if (!due && now < next_platform_) return;
  sink_(ledger::OverheadSampled{now, component_bytes()});
  if (const auto count = host::dying_cgroups(layout_)) sink_(ledger::DyingCgroupsCounted{*count});
  next_platform_ = now + std::max(kPlatformPeriod, (monotonic_now() - now) * kPlatformShare);
}

/// Resident anonymous and shared memory of the platform's processes outside instances.
std::uint64_t MemoryReader::component_bytes() const {
  std::set<std::uint32_t> seen;  // a process whose threads are in two cgroups has two lines
  std::uint64_t sum = 0;
  for (fx_account& line : probe_.accounts().subspan(1)) {
    if (std::atomic_ref(line.serial).load() == 0) break;
    const std::uint32_t flags = std::atomic_ref(line.flags).load();
    const bool inside = std::atomic_ref(line.phase_cgroup).load() != 0 && (flags & FX_ACCOUNT_LINKED) == 0;
    if (std::atomic_ref(line.tasks).load() <= 0 || inside) continue;
    if ((flags & ~static_cast<std::uint32_t>(FX_ACCOUNT_LINKED)) != 0) continue;  // no process of its own
    if (rules_.program_of(text_of(line.comm, FX_NAME_LEN)).component.empty()) continue;
    if (!seen.insert(line.tgid).second) continue;
    sum += host::resident_bytes(roots_, static_cast<pid_t>(line.tgid)).value_or(0);
  }
  return sum;
}

}  // namespace faastax::engine
