// SPDX-License-Identifier: Apache-2.0
#include "ledger/totals.hpp"

#include <algorithm>

namespace faastax::ledger {
namespace {

/// a + b, or a - b, cell by cell.
template <typename Operation>
void combine(CpuByActivity::Cells& to, const CpuByActivity::Cells& other, Operation operation) {
  for (std::size_t activity = 0; activity < kActivities; ++activity) {
    for (std::size_t evidence = 0; evidence < kEvidences; ++evidence) {
      to[activity][evidence] = operation(to[activity][evidence], other[activity][evidence]);
    }
  }
}

template <typename Operation>
void combine(CpuByActivity& to, const CpuByActivity& other, Operation operation) {
  combine(to.ns, other.ns, operation);
  combine(to.cycles, other.cycles, operation);
  combine(to.instructions, other.instructions, operation);
}

}  // namespace

void CpuByActivity::add(const CpuByActivity& other) { combine(*this, other, std::plus{}); }

CpuByActivity CpuByActivity::since(const CpuByActivity& before) const {
  CpuByActivity result = *this;
  combine(result, before, std::minus{});
  return result;
}

CpuByComponent components_since(const CpuByComponent& before, const CpuByComponent& after,
                                const CpuByActivity& node) {
  CpuByComponent result;
  CpuByActivity of_others = node;
  for (const auto& [name, cpu] : after) {
    const auto known = before.find(name);
    const CpuByActivity& used = result[name] = known == before.end() ? cpu : cpu.since(known->second);
    if (name != kOverbooked) of_others = of_others.since(used);
  }
  if (const auto found = result.find(kOverbooked); found != result.end()) {
    combine(found->second.ns, of_others.ns, [](auto ns, auto most) { return std::min(ns, most); });
  }
  return result;
}

}  // namespace faastax::ledger
