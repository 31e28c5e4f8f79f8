// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/engine/memory_sum.hpp"
#include "bpf/abi/fx_abi.h"
#include "ledger/input.hpp"

/// Edges of the ring, and entries of the tables, as the ledger's inputs. Pure.
namespace faastax::engine {

inline ledger::AccountKey account_key(std::uint32_t index, std::uint32_t serial) {
  return (static_cast<ledger::AccountKey>(serial) << 32) | index;
}

/// Text of a fixed field, up to its end or first zero.
std::string_view text_of(const char* field, std::size_t size);

/// The component of a softirq's vector, or of all hard interrupts ("irq").
std::string interrupt_component(std::uint64_t vector);

/// The component of a kernel worker's function from what Probe::symbol() says: without its module and what
/// the compiler added ("cleanup_net.isra.0" is cleanup_net), "unknown" where there is no name.
std::string_view function_of(std::string_view symbol);

/// `symbol` names a work function's account; other accounts have their own name.
ledger::AccountOpened decode(const fx_edge_account& edge, std::string_view symbol);
ledger::Executed decode(const fx_edge_exec& edge);
ledger::Exited decode(const fx_edge_exit& edge);
ledger::Renamed decode(const fx_edge_rename& edge);
/// `part`: the cgroup lies inside a sandbox.
ledger::CgroupChanged decode(const fx_edge_cgroup& edge, bool part);
/// Of the first task's entry, if that starts the sandbox's own program.
std::optional<ledger::Spawned> decode_spawned(const fx_edge_cgroup& edge);
ledger::BecameReady decode(const fx_edge_ready& edge);
ledger::StopBegan decode(const fx_edge_stop& edge);
ledger::OutOfMemory decode(const fx_edge_oom& edge);
/// The memory of a sandbox, by its entry; `sum` is brought up to it.
ledger::MemoryRead decode(const fx_cgroup& cgroup, MemorySum& sum, std::uint64_t page_size,
                          ledger::Nanoseconds time);
ledger::RequestEnded decode(const fx_edge_request& edge);

}  // namespace faastax::engine
