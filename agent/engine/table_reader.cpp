// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/table_reader.hpp"

#include <algorithm>
#include <atomic>

#include "agent/bpf/cpu_clock.hpp"
#include "agent/engine/decode.hpp"

namespace faastax::engine {
namespace {

/// The kernel writes while we read.
template <typename Value>
Value load(const Value& value) {
  return std::atomic_ref<Value>(const_cast<Value&>(value)).load(std::memory_order_acquire);
}

}  // namespace

void TableReader::read_line(std::uint32_t index, ledger::CellsRead& result) {
  fx_account& line = probe_.accounts()[index];
  Seen& seen = seen_[index];
  const std::uint32_t serial = load(line.serial);
  if (seen.serial != serial) {
    seen = Seen{};
    seen.serial = serial;
  }
  if (seen.freed) return;
  ledger::Buckets total{};
  for (std::size_t phase = 0; phase < ledger::kPhases; ++phase) total[phase] = load(line.ns[phase]);
  // Work functions and interrupts have no task that could end.
  constexpr std::uint32_t kEndless = FX_ACCOUNT_WORK | FX_ACCOUNT_SOFTIRQ | FX_ACCOUNT_HARDIRQ;
  const bool endless = (load(line.flags) & kEndless) != 0;
  const bool empty = index != 0 && !endless && load(line.tasks) <= 0;
  const bool ended = empty && seen.empty;
  seen.empty = empty;
  const ledger::Nanoseconds carved = load(line.carved_ns);
  if (total == seen.total && carved == seen.carved && !ended) return;
  seen.total = total;
  seen.carved = carved;
  result.accounts.push_back({account_key(index, serial), total, ended, carved});
  if (ended) ended_.push_back(index);
}

void TableReader::read_cpus(ledger::CellsRead& result) const {
  for (const unsigned number : probe_.booked_cpus()) {
    const fx_cpu& cpu = probe_.cpus()[number];
    if (cpu.opened_mono_ns == 0) continue;  // it came a moment ago and has not switched yet
    result.cpus.push_back({number, bpf::wall_ns(cpu), cpu.idle_ns, cpu.steal_ns, cpu.unattributed_ns});
  }
}

ledger::CellsRead TableReader::read(ledger::Nanoseconds now) {
  ledger::CellsRead result;
  result.time = now;
  ended_.clear();
  const auto accounts = probe_.accounts();
  // Lines are handed out from the lowest: the first that was never used ends the table.
  while (seen_.size() < accounts.size() && (seen_.empty() || load(accounts[seen_.size()].serial) != 0)) {
    seen_.emplace_back();
  }
  for (std::uint32_t index = 0; index < seen_.size(); ++index) read_line(index, result);
  counts_.read(probe_.counts(), result);
  read_cpus(result);
  return result;
}

void TableReader::release() {
  for (const std::uint32_t index : ended_) {
    seen_[index].freed = true;
    probe_.free_account(index);
  }
  ended_.clear();
}

bool TableReader::uses_entry(std::uint32_t entry) const {
  const auto accounts = probe_.accounts().first(seen_.size());
  return std::ranges::any_of(accounts, [entry](fx_account& line) {
    return load(line.tasks) > 0 && load(line.phase_cgroup) == entry;
  });
}

}  // namespace faastax::engine
