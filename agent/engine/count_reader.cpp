// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/count_reader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace faastax::engine {
namespace {

std::uint32_t line_of(ledger::AccountKey account) { return static_cast<std::uint32_t>(account); }

}  // namespace

CountReader::Seen& CountReader::seen(ledger::AccountKey account) {
  const std::uint32_t line = line_of(account);
  if (line >= seen_.size()) seen_.resize(line + 1);
  Seen& known = seen_[line];
  if (known.account != account) {  // the line has a new account, whose counts begin at 0
    known = Seen{};
    known.account = account;
  }
  return known;
}

ledger::CellsRead::Counted CountReader::counted(const ledger::CellsRead::Account& account,
                                                const fx_counts& now) {
  ledger::CellsRead::Counted result{.account = account.account, .cycles = {}, .instructions = {}};
  Seen& known = seen(account.account);
  refused_ += now.refused - std::exchange(known.refused, now.refused);
  if (mode_ == bpf::CycleMode::kDerived) {
    known.estimate.advance(account.total, node_);
    result.cycles = known.estimate.cycles();
    result.instructions = known.estimate.instructions();
  } else {
    std::ranges::copy(now.cycles, result.cycles.begin());
    std::ranges::copy(now.instructions, result.instructions.begin());
  }
  return result;
}

void CountReader::read(std::span<const fx_counts> counts, ledger::CellsRead& result) {
  if (counts.empty()) return;
  // All is learnt before any of it is used: an account's cycles must not depend on its place in the table.
  if (mode_ == bpf::CycleMode::kDerived) {
    Counts learnt;
    for (const ledger::CellsRead::Account& account : result.accounts)
      learnt += seen(account.account).estimate.learn(counts[line_of(account.account)], node_);
    if (learnt.ns > 0)
      spdlog::debug("cycles: {:.4f} a nanosecond, over {:.3f} ms", learnt.cycles / learnt.ns,
                    learnt.ns / 1e6);
  }
  for (const ledger::CellsRead::Account& account : result.accounts) {
    // A bucket that grows meanwhile is read at the next snapshot.
    const fx_counts now = counts[line_of(account.account)];
    result.counted.push_back(counted(account, now));
  }
  const fx_counts& idle = counts.back();
  result.idle_cycles = idle.cycles[FX_PHASE_PRE];
  result.refused_readings = refused_ + idle.refused;
}

}  // namespace faastax::engine
