// SPDX-License-Identifier: Apache-2.0
#include "ledger/books.hpp"

#include <algorithm>
#include <utility>

namespace faastax::ledger {

void Books::book_instance(Instance& instance, Activity activity, Evidence evidence, const Amount& amount) {
  if (amount.empty()) return;
  book_node(activity, evidence, amount);
  book_served(instance, activity, evidence, amount);
}

void Books::book_component(const std::string& component, Activity activity, Evidence evidence,
                           const Amount& amount, Instance* served) {
  if (amount.empty()) return;
  book_node(activity, evidence, amount);
  totals_.components[component].add(activity, evidence, amount);
  if (served == nullptr) return;
  served->served.add(activity, evidence, amount);
  book_served(*served, activity, evidence, amount);
}

void Books::book_served(Instance& instance, Activity activity, Evidence evidence, const Amount& amount) {
  instance.cpu.add(activity, evidence, amount);
  if (instance.has_name) of(instance.name).cpu.add(activity, evidence, amount);
}

void Books::hold(Instance& instance, const Amount& amount) {
  instance.unsettled += amount;
  totals_.unsettled += amount.ns;
}

void Books::settle(Instance& instance, Settlement settlement) {
  instance.settlement = settlement;
  const Amount held = std::exchange(instance.unsettled, {});
  totals_.unsettled -= held.ns;
  if (settlement == Settlement::kServer) {
    book_instance(instance, Activity::kInit, Evidence::kDirect, held);
  } else {
    // A program whose sockets nobody sees may have served for all of its life.
    const Evidence evidence = instance.requests_hidden ? Evidence::kInferred : Evidence::kDirect;
    book_instance(instance, Activity::kHandle, evidence, held);
  }
}

void Books::overbooked(Instance& instance, Nanoseconds ns) {
  ns = std::min(ns, instance.own);
  instance.own -= ns;
  const Nanoseconds held = std::min(ns, instance.unsettled.ns);
  instance.unsettled.ns -= held;
  totals_.unsettled -= held;
  ns -= held;
  while (ns > 0) {
    const Nanoseconds moved = overbooked_cell(instance, ns);
    if (moved == 0) return;
    ns -= moved;
  }
}

/// Which phase it was booked in is not known any more: the largest cell has most likely had it.
Nanoseconds Books::overbooked_cell(Instance& instance, Nanoseconds most) {
  const CpuByActivity own = instance.cpu.since(instance.served);
  std::size_t largest = 0;
  for (std::size_t cell = 0; cell < kActivities * kEvidences; ++cell) {
    const auto of = [&own](std::size_t at) { return own.ns[at / kEvidences][at % kEvidences]; };
    if (of(cell) > of(largest)) largest = cell;
  }
  const auto activity = static_cast<Activity>(largest / kEvidences);
  const auto evidence = static_cast<Evidence>(largest % kEvidences);
  const Nanoseconds moved = std::min(most, own.ns[index_of(activity)][index_of(evidence)]);
  totals_.components[kOverbooked].add(activity, evidence, moved);
  instance.served.add(activity, evidence, moved);
  return moved;
}

Amount Books::estimate(Nanoseconds ns) const {
  const auto all = static_cast<double>(totals_.cpu.total());
  if (ns == 0 || all == 0) return ns;
  const double part = static_cast<double>(ns) / all;
  const auto of = [part](const CpuByActivity::Cells& cells) {
    return static_cast<std::uint64_t>(part * static_cast<double>(CpuByActivity::sum(cells)));
  };
  return {ns, of(totals_.cpu.cycles), of(totals_.cpu.instructions)};
}

void Books::owe(const Amount& amount) {
  owed_.cycles += amount.cycles;
  owed_.instructions += amount.instructions;
}

Amount Books::pay(Amount estimated) {
  const auto pay = [](std::uint64_t& owed, std::uint64_t& amount) {
    const std::uint64_t paid = std::min(owed, amount);
    owed -= paid;
    amount -= paid;
  };
  pay(owed_.cycles, estimated.cycles);
  pay(owed_.instructions, estimated.instructions);
  return estimated;
}

void Books::forget_functions(Nanoseconds time) {
  std::erase_if(totals_.functions, [time](const auto& entry) { return entry.second.changed < time; });
}

void Books::name(Instance& instance, FunctionName name) {
  if (instance.has_name) return;
  instance.has_name = true;
  instance.name = std::move(name);
  FunctionTotals& function = of(instance.name);
  if (instance.counted) ++function.started;
  if (instance.requests_hidden) ++function.uncounted;
  function.cpu.add(instance.cpu);
  for (std::size_t state = 0; state < kInstanceStates; ++state) {
    function.memory_byte_seconds[state] += instance.memory_byte_seconds[state];
  }
}

void Books::pass_on(Instance& from, Instance& to) {
  const CpuByActivity served = std::exchange(from.cpu, {});
  to.cpu.add(served);
  to.served.add(std::exchange(from.served, {}));
  if (to.has_name) of(to.name).cpu.add(served);
}

void Books::book_memory(Instance& instance, InstanceState state, double byte_seconds) {
  if (byte_seconds <= 0) return;
  totals_.memory_byte_seconds[index_of(state)] += byte_seconds;
  instance.memory_byte_seconds[index_of(state)] += byte_seconds;
  if (instance.has_name) of(instance.name).memory_byte_seconds[index_of(state)] += byte_seconds;
}

}  // namespace faastax::ledger
