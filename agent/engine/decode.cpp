// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/decode.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace faastax::engine {

static_assert(static_cast<int>(ledger::Verb::kDelete) == FX_VERB_DELETE);
static_assert(static_cast<int>(ledger::Verb::kCniDel) == FX_VERB_CNI_DEL);
static_assert(static_cast<int>(ledger::Verb::kPause) == FX_VERB_PAUSE);
static_assert(static_cast<int>(ledger::CgroupChanged::Change::kRemoved) == FX_CGROUP_REMOVED);
static_assert(static_cast<int>(ledger::AccountOpened::Origin::kWork) == FX_ORIGIN_WORK);
static_assert(static_cast<int>(ledger::Phase::kStopped) == FX_PHASE_STOP);
static_assert(static_cast<int>(ledger::Phase::kProbed) == FX_PHASE_PROBE);
static_assert(static_cast<int>(ledger::Phase::kOpaque) == FX_PHASE_OPAQUE);
static_assert(static_cast<int>(ledger::Protocol::kUpgraded) == FX_PROTOCOL_UPGRADED);
static_assert(static_cast<int>(ledger::AccountOpened::Origin::kInterrupt) == FX_ORIGIN_INTERRUPT);
static_assert(ledger::kPhases == FX_PHASES);

std::string_view text_of(const char* field, std::size_t size) { return {field, ::strnlen(field, size)}; }

std::string interrupt_component(std::uint64_t vector) {
  // The order of the kernel's enumeration and of /proc/softirqs, which user programs rely on.
  static constexpr std::array<std::string_view, FX_SOFTIRQS> kNames = {
      "hi", "timer", "net_tx", "net_rx", "block", "irq_poll", "tasklet", "sched", "hrtimer", "rcu"};
  return vector < kNames.size() ? "softirq:" + std::string(kNames[vector]) : "irq";
}

std::string_view function_of(std::string_view symbol) {
  if (symbol.empty() || symbol.starts_with("0x")) return "unknown";
  return symbol.substr(0, symbol.find_first_of(". ", 1));
}

ledger::AccountOpened decode(const fx_edge_account& edge, std::string_view symbol) {
  const bool work = (edge.flags & FX_ACCOUNT_WORK) != 0;
  const bool interrupt = (edge.flags & (FX_ACCOUNT_SOFTIRQ | FX_ACCOUNT_HARDIRQ)) != 0;
  return {.time = edge.edge.time_ns,
          .account = account_key(edge.account, edge.serial),
          .from = account_key(edge.from_account, edge.from_serial),
          .pid = edge.tgid,
          .parent_pid = edge.parent_tgid,
          .origin = static_cast<ledger::AccountOpened::Origin>(edge.origin),
          .kernel_thread = (edge.flags & FX_ACCOUNT_KTHREAD) != 0,
          .cgroup = edge.cgroup_id,
          .name = interrupt ? interrupt_component(edge.work_function)
                            : std::string(work ? function_of(symbol) : text_of(edge.comm, FX_NAME_LEN))};
}

ledger::Executed decode(const fx_edge_exec& edge) {
  ledger::Executed result{.time = edge.edge.time_ns,
                          .account = account_key(edge.account, edge.serial),
                          .cgroup = edge.cgroup_id,
                          .program = static_cast<ledger::Program>(edge.program),
                          .verb = static_cast<ledger::Verb>(edge.verb),
                          .first_in_sandbox = edge.first != 0,
                          .name = std::string(text_of(edge.comm, FX_NAME_LEN)),
                          .sandbox = std::string(text_of(edge.id, FX_ID_LEN)),
                          .before = {}};
  std::ranges::copy(edge.ns, result.before.begin());
  return result;
}

ledger::Exited decode(const fx_edge_exit& edge) {
  return {.time = edge.edge.time_ns,
          .account = account_key(edge.account, edge.serial),
          .cgroup = edge.cgroup_id,
          .status = edge.status,
          .main = edge.main != 0};
}

ledger::Renamed decode(const fx_edge_rename& edge) {
  return {.account = account_key(edge.account, edge.serial),
          .name = std::string(text_of(edge.comm, FX_NAME_LEN))};
}

ledger::CgroupChanged decode(const fx_edge_cgroup& edge, bool part) {
  return {.time = edge.edge.time_ns,
          .cgroup = edge.cgroup_id,
          .parent = edge.parent_id,
          .change = static_cast<ledger::CgroupChanged::Change>(edge.change),
          .by = account_key(edge.account, edge.serial),
          .sandbox = (edge.flags & FX_CGROUP_SANDBOX) != 0,
          .part_of_parent = part,
          .path = std::string(text_of(edge.path, FX_PATH_LEN))};
}

std::optional<ledger::Spawned> decode_spawned(const fx_edge_cgroup& edge) {
  if (edge.change != FX_CGROUP_ENTER || (edge.flags & FX_CGROUP_EXECED) == 0) return std::nullopt;
  return ledger::Spawned{.time = edge.edge.time_ns,
                         .cgroup = edge.cgroup_id,
                         .from = account_key(edge.from_account, edge.from_serial),
                         .from_ns = edge.from_ns};
}

ledger::BecameReady decode(const fx_edge_ready& edge) {
  return {.time = edge.edge.time_ns, .cgroup = edge.cgroup_id, .by_first_byte = edge.family == 0};
}

ledger::StopBegan decode(const fx_edge_stop& edge) {
  return {.time = edge.edge.time_ns,
          .cgroup = edge.cgroup_id,
          .signal = edge.signal,
          .by = account_key(edge.account, edge.serial)};
}

ledger::OutOfMemory decode(const fx_edge_oom& edge) {
  return {.time = edge.edge.time_ns, .cgroup = edge.cgroup_id, .pid = edge.tgid};
}

ledger::MemoryRead decode(const fx_cgroup& cgroup, MemorySum& sum, std::uint64_t page_size,
                          ledger::Nanoseconds time) {
  return {.time = time,
          .cgroup = cgroup.id,
          .byte_seconds = sum.advance(cgroup, page_size),
          .bytes = cgroup.memory_pages * page_size,
          .peak_bytes = cgroup.memory_peak_pages * page_size,
          .limit_bytes = cgroup.memory_limit_pages * page_size};
}

ledger::RequestEnded decode(const fx_edge_request& edge) {
  return {.time = edge.edge.time_ns,
          .start = edge.start_ns,
          .cgroup = edge.cgroup_id,
          .aborted = (edge.flags & FX_REQUEST_ABORTED) != 0,
          .probe = (edge.flags & FX_REQUEST_PROBE) != 0,
          .inferred = (edge.flags & FX_REQUEST_INFERRED) != 0,
          .protocol = static_cast<ledger::Protocol>(edge.protocol)};
}

}  // namespace faastax::engine
